// Whose proved signatures on an image are not expected here, where an owner has said whose are: rows that were written
// when the signatures came (services/trust). Of a repository whose signers nobody confirmed nothing is said.
import { describeIdentity, type LearnedIdentity } from '../../../engines/verify/learned-identity.ts';
import type { Digest } from '../../../formats/oci/digest.ts';
import { isJsonObject, parseJson } from '../../../kit/json.ts';
import type { RepositoryReader } from './reader.ts';

/** Signers, each in half a sentence. */
export async function listUnexpectedSigners(
  { stores, repositoryId }: Pick<RepositoryReader, 'stores' | 'repositoryId'>,
  images: readonly Digest[],
): Promise<readonly string[]> {
  const rows = await stores.database.query
    .selectFrom('signature_sighting')
    .innerJoin('expected_identity', 'expected_identity.id', 'signature_sighting.identity_id')
    .select('expected_identity.identity_json')
    .distinct()
    .where('signature_sighting.repository_id', '=', repositoryId)
    .where('signature_sighting.subject_digest', 'in', images)
    .where('signature_sighting.outcome', '=', 'proved')
    .where('expected_identity.state', 'in', ['unexpected', 'dropped'])
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('expected_identity as expected')
          .select('expected.id')
          .whereRef('expected.repository_id', '=', 'expected_identity.repository_id')
          .whereRef('expected.use', '=', 'expected_identity.use')
          .where('expected.state', '=', 'confirmed'),
      ),
    )
    .orderBy('expected_identity.identity_json')
    .execute();
  return rows.flatMap(({ identity_json }) => {
    const identity = parseJson(identity_json);
    return isJsonObject(identity) ? [describeIdentity(identity as unknown as LearnedIdentity)] : [];
  });
}
