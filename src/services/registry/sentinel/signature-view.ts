// Whether something in the repository says it signs the image: cosign's tag or artifact, a Notary signature, a
// Sigstore bundle of a signature. It is not verified: the sentinel asks whether what was done before is done still.
import type { Digest } from '../../../formats/oci/digest.ts';
import { isJsonObject, parseJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { findTag } from '../rows/tag.ts';
import type { RepositoryReader } from './reader.ts';

const TYPES: ReadonlySet<string> = new Set([
  'application/vnd.dev.cosign.artifact.sig.v1+json',
  'application/vnd.dev.cosign.simplesigning.v1+json',
  'application/vnd.cncf.notary.signature',
]);
const BUNDLE = 'application/vnd.dev.sigstore.bundle';
const SIGN = 'https://sigstore.dev/cosign/sign/v1';

export async function hasSignature(
  { stores, repositoryId }: Pick<RepositoryReader, 'stores' | 'repositoryId'>,
  digest: Digest,
): Promise<boolean> {
  const { query } = stores.database;
  if ((await findTag(query, repositoryId, `${digest.replace(':', '-')}.sig`)) !== undefined) return true;
  const rows = await query
    .selectFrom('manifest')
    .select(['artifact_type', 'annotations_json'])
    .where('repository_id', '=', repositoryId)
    .where('subject_digest', '=', digest)
    .limit(limits.referrersPage)
    .execute();
  return rows.some(({ artifact_type, annotations_json }) => isSignature(artifact_type, annotations_json));
}

function isSignature(artifactType: string | null, annotationsJson: string | null): boolean {
  if (artifactType === null) return false;
  if (TYPES.has(artifactType)) return true;
  if (!artifactType.startsWith(BUNDLE)) return false;
  const annotations = parseJson(annotationsJson ?? '');
  if (!isJsonObject(annotations)) return false;
  return (
    annotations['dev.sigstore.bundle.content'] === 'message-signature' ||
    annotations['dev.sigstore.bundle.predicateType'] === SIGN
  );
}
