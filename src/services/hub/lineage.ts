// What hangs on an image, and which image it was built upon: reading the one, and finding the other from what was
// read, the same on the command line and in the server; each hands in what it can ask.
import { type FoundAttestations, readAttestations } from '../../engines/attest/read-attestations.ts';
import { findBase } from '../../engines/lineage/find.ts';
import type { Lineage } from '../../engines/lineage/lineage.ts';
import type { FindByLayers, OpenedImage, OpenImage } from '../../engines/lineage/place.ts';
import type { Platform } from '../../formats/oci/platform.ts';
import { type ChosenImage, chooseImage } from '../../io/images/platform-choice.ts';
import type { ImageSource } from '../../io/images/source.ts';
import type { ImageSubject, ReportSubject } from './report.ts';

export interface LineagePorts {
  /** Absent where no registry may be asked. */
  readonly open?: OpenImage;
  /** Absent where no images are known. */
  readonly findByLayers?: FindByLayers;
}

/** The members of a report's subject that say what hangs on it. */
export type Attested = Pick<ReportSubject, 'attestations' | 'attestationUnknowns'>;

export async function readAttested(
  source: ImageSource,
  chosen: Pick<ChosenImage, 'root' | 'image'>,
): Promise<Attested> {
  return formatAttested(await readAttestations(source, chosen));
}

export function formatAttested({ attestations, unknowns }: FoundAttestations): Attested {
  return { attestations, ...(unknowns.length === 0 ? {} : { attestationUnknowns: unknowns }) };
}

/** What a source holds for the platform, as the opening of a stated base answers it. Throws what choosing throws. */
export async function openForBase(source: ImageSource, platform?: Platform): Promise<OpenedImage> {
  const { root, image, config } = await chooseImage(source, platform);
  const [index, digest] = [root.descriptor.digest, image.descriptor.digest];
  return {
    kind: 'opened',
    digest,
    ...(index === digest ? {} : { indexDigest: index }),
    diffIds: config.diffIds,
    ...(config.createdAt === undefined ? {} : { createdAt: config.createdAt }),
  };
}

/** The base of a subject that was read before; opens nothing but through the ports. */
export async function traceImage(
  subject: Pick<ImageSubject, 'digest' | 'config' | 'annotations' | keyof Attested>,
  ports: LineagePorts,
): Promise<Lineage> {
  const { digest, config, annotations, attestations, attestationUnknowns = [] } = subject;
  const lineage = await findBase({
    digest,
    config,
    ...(config.platform === undefined ? {} : { platform: config.platform }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(attestations === undefined ? {} : { attestations }),
    ...ports,
  });
  const unread = attestationUnknowns.map(({ where, why }) => `${where}: ${why}.`);
  return { ...lineage, unknowns: [...unread, ...lineage.unknowns] };
}
