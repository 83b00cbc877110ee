// What was looked at, in the few words that stand beside its digest. What is not known of it is not said as zero.
import { formatSize } from '../../../kit/bytes.ts';
import type { ReportSubject } from '../../../services/hub/report.ts';

/** `linux/amd64`, `61.2 MB` of an image; `folder`, `1.2 GB`; `SBOM`, and the platform that it tells. */
export function describeSubject({ kind, platform, sizeBytes }: ReportSubject): readonly string[] {
  const size = sizeBytes === undefined ? [] : [formatSize(sizeBytes)];
  if (kind === undefined) return [platform ?? 'no platform', ...size];
  return [kind === 'sbom' ? 'SBOM' : 'folder', ...(platform === undefined ? [] : [platform]), ...size];
}
