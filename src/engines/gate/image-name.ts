// The image that a workload names, in the one spelling that rules, trust policies, marks and revocations are held against.
// Whoever may create a pod chooses how its image is written: `IMAGES.example.org/app`, `images.example.org:443/app` and
// `images.example.org/app` are pulled from one place, and a rule for one of them is a rule for all.
import { parseRegistryReference, type RegistryReference } from '../../formats/oci/reference.ts';

/** Docker Hub's registry by its own host. */
const HUB = 'registry-1.docker.io';
/** Images are pulled over https, whose port nobody need write. */
const PORT = /:0{0,2}443$/;

/** `oci.reference_invalid`, `oci.repository_name_invalid`, `oci.tag_invalid`, `oci.digest_invalid`. */
export function readImageName(image: string): RegistryReference {
  const reference = parseRegistryReference(image);
  const host = reference.host.replace(PORT, '');
  return { ...reference, host: host === HUB ? 'docker.io' : host };
}
