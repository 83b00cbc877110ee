// The SLSA provenance that hangs on an image: BuildKit's in its index, a referrer's, or cosign's `.att` tag. Only as
// much as tells one build from another, and only small statements: a push waits for this. What is read is a claim.
import type { Provenance } from '../../../engines/attest/attestation.ts';
import { isProvenance, readProvenance } from '../../../engines/attest/provenance.ts';
import { parseStatement, type Statement } from '../../../engines/attest/statement.ts';
import type { Descriptor } from '../../../formats/oci/descriptor.ts';
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Manifest } from '../../../formats/oci/manifest.ts';
import { isJsonObject, type JsonObject } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { registryErrors } from '../errors.ts';
import { listReferrers } from '../referrers.ts';
import { findTag } from '../rows/tag.ts';
import type { ProvenanceFacts } from './facts.ts';
import type { RepositoryReader } from './reader.ts';

interface Subject {
  readonly digest: Digest;
  readonly root: Manifest;
  /** The image manifest that the tag's first platform is. */
  readonly image: Digest;
}

/** Undefined where it has none; throws coded where that cannot be said. */
export async function findProvenance(
  reader: RepositoryReader,
  subject: Subject,
): Promise<ProvenanceFacts | undefined> {
  let unread: string | undefined;
  let left: number = limits.sentinelStatements;
  for (const carrier of await listCarriers(reader, subject)) {
    const manifest = await reader.manifest(carrier);
    for (const layer of manifest.kind === 'image' ? manifest.layers.filter(mayBeProvenance) : []) {
      if (left === 0 || layer.sizeBytes > limits.sentinelStatementBytes) {
        unread ??= `statement ${layer.digest} is over what is read during a push`;
        continue;
      }
      left -= 1;
      const statement = parseStatement(await reader.blob(layer.digest, limits.sentinelStatementBytes));
      if (isProvenance(statement)) return toFacts(statement, readProvenance(statement));
    }
  }
  if (unread !== undefined) throw registryErrors.blob_too_large(unread);
  return undefined;
}

async function listCarriers(reader: RepositoryReader, { digest, root, image }: Subject) {
  const { stores, repositoryId } = reader;
  const { query } = stores.database;
  const carriers = new Set<Digest>();
  for (const child of root.kind === 'index' ? root.manifests : [])
    if (child.annotations?.['vnd.docker.reference.digest'] === image) carriers.add(child.digest);
  for (const named of new Set([digest, image])) {
    const referrers = await listReferrers(query, repositoryId, named, { limit: limits.referrersPage });
    for (const one of referrers) if (mayCarry(one)) carriers.add(one.digest);
    const tag = await findTag(query, repositoryId, `${named.replace(':', '-')}.att`);
    if (tag !== undefined) carriers.add(tag.digest);
  }
  return carriers;
}

/** `application/vnd.in-toto+json`, DSSE envelopes, Sigstore bundles of something else than a bare signature. */
function mayCarry({ artifactType, annotations }: Descriptor): boolean {
  const predicate = annotations?.['dev.sigstore.bundle.predicateType'];
  if (annotations?.['dev.sigstore.bundle.content'] === 'message-signature') return false;
  if (predicate !== undefined) return isProvenance({ predicateType: predicate });
  return artifactType !== undefined && (isStatementType(artifactType) || /attest/.test(artifactType));
}

function mayBeProvenance({ mediaType, annotations }: Descriptor): boolean {
  const named = annotations?.['in-toto.io/predicate-type'] ?? annotations?.predicateType;
  return isStatementType(mediaType) && (named === undefined || isProvenance({ predicateType: named }));
}

function isStatementType(mediaType: string): boolean {
  return /^application\/vnd\.(?:in-toto[.+]|dsse\.envelope\.|dev\.sigstore\.bundle[.+])/.test(mediaType);
}

function toFacts({ predicate }: Statement, { builder, source }: Provenance): ProvenanceFacts {
  const workflow = findWorkflow(predicate);
  return {
    ...(builder === undefined ? {} : { builder: steadyBuilder(builder) }),
    ...(workflow === undefined ? {} : { workflow }),
    ...(source === undefined ? {} : { source: steadySource(source.uri) }),
  };
}

/** GitHub's build type: v1 has `externalParameters.workflow`, v0.2 `invocation.configSource.entryPoint`. */
function findWorkflow(predicate: JsonObject): string | undefined {
  const { repository, path } = member(
    member(member(predicate, 'buildDefinition'), 'externalParameters'),
    'workflow',
  );
  if (typeof path === 'string')
    return `${typeof repository === 'string' ? `${steadySource(repository)}/` : ''}${path}`.slice(
      0,
      limits.uriChars,
    );
  const { uri, entryPoint } = member(member(predicate, 'invocation'), 'configSource');
  if (typeof entryPoint !== 'string' || typeof uri !== 'string') return undefined;
  return `${steadySource(uri)}/${entryPoint}`.slice(0, limits.uriChars);
}

/** A run's number and a ref are others with each build. */
function steadyBuilder(uri: string): string {
  return uri.replace(/\/actions\/runs\/.*$/s, '').replace(/@refs\/.*$/s, '');
}

function steadySource(uri: string): string {
  return uri
    .replace(/^git\+/, '')
    .replace(/[?#].*$/s, '')
    .replace(/@refs\/.*$/s, '')
    .replace(/\.git$/, '');
}

function member(value: JsonObject, name: string): JsonObject {
  const found = Object.hasOwn(value, name) ? value[name] : undefined;
  return isJsonObject(found) ? found : {};
}
