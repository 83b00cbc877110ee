// Statements that lie unsigned in an attestation manifest whose digest somebody signed (docker/github-builder): each is
// as good as the best signature of that manifest, and has its checks besides those of its own.
import { checkAttestationManifest } from '../../../src/engines/verify/attestation-manifest.ts';
import { type Digest, parseDigest } from '../../../src/formats/oci/digest.ts';
import { type Evidence, readManifest } from './evidence.ts';
import { judgeShown, type ShownCheck } from './judge-bundle.ts';
import type { JudgedItem } from './judge-image.ts';

/** The item, or what it is by the best signature of the manifest that it lies in. `image` is the platform's. */
export function linkAttestation(
  item: JudgedItem,
  evidence: Evidence,
  image: Digest,
  items: readonly JudgedItem[],
): JudgedItem {
  const holder = evidence.attached.find(
    ({ via, manifest }) => via === 'index' && manifest.digest === item.manifest,
  );
  if (holder === undefined || item.isSigned || item.predicateType === undefined) return item;
  const signatures = items.filter(
    (one) =>
      one.kind === 'signature' &&
      one.isSigned &&
      evidence.attached.some(
        ({ manifest, subject }) => manifest.digest === one.manifest && subject === holder.manifest.digest,
      ),
  );
  const signature =
    signatures.find(({ outcome }) => outcome === 'passed') ??
    signatures.find(({ outcome }) => outcome === 'unknown') ??
    signatures[0];
  const at = Number(item.key.split(' ')[1]);
  const manifest = readManifest(holder.manifest);
  const digest = manifest.kind === 'image' ? manifest.layers[at]?.digest : undefined;
  const statement = holder.blobs.find((blob) => blob.digest === digest);
  if (signature === undefined || statement === undefined) return item;
  const checks: readonly ShownCheck[] = [
    ...signature.checks,
    ...checkAttestationManifest({
      manifest: { ...holder.manifest, digest: parseDigest(holder.manifest.digest) },
      statement: statement.bytes,
      platform: image,
      predicateTypes: [item.predicateType],
    }),
  ];
  const { signer, signedAt } = signature;
  return {
    ...item,
    isSigned: true,
    checks,
    outcome: judgeShown(checks),
    ...(signer === undefined ? {} : { signer }),
    ...(signedAt === undefined ? {} : { signedAt }),
  };
}
