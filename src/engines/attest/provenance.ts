// SLSA provenance v0.2 and v1 (slsa.dev/spec), with what BuildKit adds to both (docs/attestations/slsa-provenance.md):
// the mode it was written in, and the repository that it built from. Of other builders their sources and
// materials are read by the same members. Everything here is what the builder says.
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import type { Material, Provenance } from './attestation.ts';
import { attestErrors } from './errors.ts';
import { readDigests, type Statement } from './statement.ts';

const BUILDKIT_TYPES: readonly unknown[] = [
  'https://mobyproject.org/buildkit@v1',
  'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
];
const BUILDKIT_METADATA = 'https://mobyproject.org/buildkit@v1#metadata';

export function isProvenance({ predicateType }: Pick<Statement, 'predicateType'>): boolean {
  return /^https:\/\/slsa\.dev\/provenance\/v(?:0\.2|1(?:\.\d+)?)$/.test(predicateType);
}

/**
 * The provenance of a statement for which `isProvenance` holds; `attest.statement_invalid` where the predicate is
 * not one. Members that it does not have, or not as text, are absent; empty text is absent too.
 */
export function readProvenance({ predicateType, predicate }: Statement): Provenance {
  return predicateType.endsWith('/v0.2') ? readOld(predicate) : readNew(predicate);
}

/** v0.2: slsa.dev/spec/v0.2/provenance. */
function readOld(predicate: JsonObject): Provenance {
  const invocation = member(predicate, 'invocation');
  const metadata = member(predicate, 'metadata');
  if (typeof predicate.buildType !== 'string') throw refuse('buildType');
  const materials = readMaterials(predicate.materials);
  const isMax = isJsonObject(predicate.buildConfig);
  return assemble(predicate.buildType, isMax, member(predicate, 'builder'), materials, [
    fromVcs(member(member(metadata, BUILDKIT_METADATA), 'vcs')),
    fromPlace(invocation.configSource),
    fromGit(predicate.materials),
  ]);
}

/** v1: slsa.dev/spec/v1.0/provenance. */
function readNew(predicate: JsonObject): Provenance {
  const definition = member(predicate, 'buildDefinition');
  const details = member(predicate, 'runDetails');
  if (typeof definition.buildType !== 'string') throw refuse('buildDefinition.buildType');
  const external = member(definition, 'externalParameters');
  const materials = readMaterials(definition.resolvedDependencies);
  const isMax = isJsonObject(member(definition, 'internalParameters').buildConfig);
  return assemble(definition.buildType, isMax, member(details, 'builder'), materials, [
    fromVcs(member(member(member(details, 'metadata'), 'buildkit_metadata'), 'vcs')),
    fromPlace(external.configSource),
    fromGit(definition.resolvedDependencies),
  ]);
}

/** Sources come most telling first: the first that there is counts. */
function assemble(
  buildType: string,
  isMax: boolean,
  { id }: JsonObject,
  materials: readonly Material[],
  sources: readonly (Provenance['source'] | undefined)[],
): Provenance {
  const builder = text(id);
  const source = sources.find((one) => one !== undefined);
  return {
    // BuildKit lists the build's steps in mode max alone; other builders have no modes.
    ...(BUILDKIT_TYPES.includes(buildType) ? { mode: isMax ? ('max' as const) : ('min' as const) } : {}),
    ...(builder === undefined ? {} : { builder }),
    ...(source === undefined ? {} : { source }),
    materials,
  };
}

function readMaterials(value: Json | undefined): readonly Material[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > limits.provenanceMaterials)
    throw refuse(`materials (at most ${limits.provenanceMaterials})`);
  return value.filter(isJsonObject).flatMap((one): Material[] => {
    const uri = text(one.uri);
    const [digest] = readDigests(one.digest);
    return uri === undefined ? [] : [{ uri, ...(digest === undefined ? {} : { digest }) }];
  });
}

/** BuildKit's `vcs`: what `git remote` and `git rev-parse` said where the build was started. */
function fromVcs(vcs: JsonObject): Provenance['source'] | undefined {
  return source(text(vcs.source), text(vcs.revision));
}

/** A v0.2 ConfigSource, and BuildKit's of the same shape in v1: there where a build took its context from git. */
function fromPlace(value: Json | undefined): Provenance['source'] | undefined {
  const place = isJsonObject(value) ? value : {};
  return source(text(place.uri), revisionOf(place.digest));
}

/** The first material that has a commit; GitHub's and most other builders name their source so. */
function fromGit(value: Json | undefined): Provenance['source'] | undefined {
  for (const one of Array.isArray(value) ? value : []) {
    if (!isJsonObject(one)) continue;
    const revision = revisionOf(one.digest);
    if (revision !== undefined) return source(text(one.uri), revision);
  }
  return undefined;
}

function revisionOf(value: Json | undefined): string | undefined {
  const digest = isJsonObject(value) ? value : {};
  return text(digest.gitCommit) ?? text(digest.sha1);
}

function source(uri: string | undefined, revision: string | undefined): Provenance['source'] | undefined {
  if (uri === undefined) return undefined;
  return { uri, ...(revision === undefined ? {} : { revision }) };
}

function member(value: JsonObject, name: string): JsonObject {
  const found = Object.hasOwn(value, name) ? value[name] : undefined;
  return isJsonObject(found) ? found : {};
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= limits.uriChars ? value : undefined;
}

function refuse(what: string): Error {
  return attestErrors.statement_invalid(`this is not a readable SLSA provenance: it has no ${what}`);
}
