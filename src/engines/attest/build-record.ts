// How something was built, by whichever statement says so: SLSA provenance v0.2 and v1 (with what BuildKit and GitHub
// add to both) and in-toto links, in one shape that can be shown and compared. Everything here is what the builder
// says; who signed it is judged elsewhere. What a statement does not say is absent, and never "no".
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import type { Material } from './attestation.ts';
import { attestErrors } from './errors.ts';
import { readDigests, type Statement } from './statement.ts';

export interface BuildRecord {
  readonly form: 'slsa-v0.2' | 'slsa-v1' | 'link';
  readonly buildType?: string;
  /** The builder's id; BuildKit leaves it empty unless it is told one. */
  readonly builder?: string;
  /** As `git+https://…` or an address, without the ref. */
  readonly sourceRepository?: string;
  /** `refs/heads/main`. */
  readonly sourceRef?: string;
  readonly commit?: string;
  /** Path of the workflow, the Dockerfile, or the link's step. */
  readonly workflow?: string;
  readonly invocation?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** What the caller chose, by dotted names; text as it is, anything else as JSON. Sorted by name. */
  readonly parameters: readonly Parameter[];
  readonly materials: readonly Material[];
  /** What the builder says of the room it built in, as `github-hosted`, `namespaces`. */
  readonly isolation?: string;
  readonly isHermetic?: boolean;
  readonly isReproducible?: boolean;
  /** Whether it claims to list every parameter and material. */
  readonly isComplete?: { readonly parameters?: boolean; readonly materials?: boolean };
  /** What was cut away, in words; empty where nothing was. */
  readonly unread: readonly string[];
}

export interface Parameter {
  readonly name: string;
  readonly value: string;
}

const SLSA_OLD = 'https://slsa.dev/provenance/v0.2';
const SLSA_NEW = /^https:\/\/slsa\.dev\/provenance\/v1(?:\.\d+)?$/;
/** `Link/v1` is what cosign’s `--type link` writes: a link of the same members. */
const LINKS: readonly string[] = [
  'https://in-toto.io/Link/v0.2',
  'https://in-toto.io/Link/v1',
  'https://in-toto.io/attestation/link/v0.3',
];
const BUILDKIT = 'https://mobyproject.org/buildkit@v1#';

export function isBuildRecord({ predicateType }: Pick<Statement, 'predicateType'>): boolean {
  return predicateType === SLSA_OLD || SLSA_NEW.test(predicateType) || LINKS.includes(predicateType);
}

/** Of a statement for which `isBuildRecord` holds; `attest.statement_invalid` where its predicate is not one. */
export function readBuildRecord({
  predicateType,
  predicate,
}: Pick<Statement, 'predicateType' | 'predicate'>): BuildRecord {
  if (LINKS.includes(predicateType)) return readLink(predicate);
  return predicateType === SLSA_OLD ? readOld(predicate) : readNew(predicate);
}

/** slsa.dev/spec/v0.2/provenance. */
function readOld(predicate: JsonObject): BuildRecord {
  const buildType = text(predicate.buildType);
  if (buildType === undefined) throw refuse('SLSA provenance', 'buildType');
  const invocation = member(predicate, 'invocation');
  const config = member(invocation, 'configSource');
  const metadata = member(predicate, 'metadata');
  const environment = member(invocation, 'environment');
  const materials = readMaterials(predicate.materials);
  const completeness = member(metadata, 'completeness');
  const place = splitRef(text(config.uri) ?? gitMaterial(materials.list)?.uri);
  const vcs = member(member(metadata, `${BUILDKIT}metadata`), 'vcs');
  const parameters = readParameters(member(invocation, 'parameters'));
  return clean({
    form: 'slsa-v0.2',
    buildType,
    builder: text(member(predicate, 'builder').id),
    sourceRepository: place.repository ?? text(vcs.source),
    sourceRef: place.ref ?? text(environment.github_ref),
    commit: commitOf(config.digest) ?? gitMaterial(materials.list)?.commit ?? text(vcs.revision),
    workflow: text(config.entryPoint),
    invocation: text(metadata.buildInvocationID) ?? text(metadata.buildInvocationId),
    startedAt: text(metadata.buildStartedOn),
    finishedAt: text(metadata.buildFinishedOn),
    parameters: parameters.list,
    materials: materials.list.map(({ material }) => material),
    isolation: text(environment.runner_environment) ?? text(environment.RUNNER_ENVIRONMENT),
    isHermetic: flag(metadata[`${BUILDKIT}hermetic`]),
    isReproducible: flag(metadata.reproducible),
    isComplete: complete(flag(completeness.parameters), flag(completeness.materials)),
    unread: [...parameters.unread, ...materials.unread],
  });
}

/** slsa.dev/spec/v1.0/provenance. */
function readNew(predicate: JsonObject): BuildRecord {
  const definition = member(predicate, 'buildDefinition');
  const details = member(predicate, 'runDetails');
  const buildType = text(definition.buildType);
  if (buildType === undefined) throw refuse('SLSA provenance', 'buildDefinition.buildType');
  const external = member(definition, 'externalParameters');
  const internal = member(definition, 'internalParameters');
  const metadata = member(details, 'metadata');
  const materials = readMaterials(definition.resolvedDependencies);
  const workflow = member(external, 'workflow');
  const config = member(external, 'configSource');
  const completeness = member(metadata, 'buildkit_completeness');
  const vcs = member(member(metadata, 'buildkit_metadata'), 'vcs');
  const git = gitMaterial(materials.list);
  const place = splitRef(text(workflow.repository) ?? text(config.uri) ?? text(external.source) ?? git?.uri);
  const { workflow: _workflow, configSource: _config, request, ...rest } = external;
  const parameters = readParameters({ ...rest, ...(isJsonObject(request) ? request : {}) });
  return clean({
    form: 'slsa-v1',
    buildType,
    builder: text(member(details, 'builder').id),
    sourceRepository: place.repository ?? text(vcs.source),
    sourceRef: text(workflow.ref) ?? place.ref,
    commit: commitOf(config.digest) ?? git?.commit ?? text(vcs.revision),
    workflow: text(workflow.path) ?? text(config.path),
    invocation: text(metadata.invocationId) ?? text(metadata.invocationID),
    startedAt: text(metadata.startedOn),
    finishedAt: text(metadata.finishedOn),
    parameters: parameters.list,
    materials: materials.list.map(({ material }) => material),
    isolation: text(member(internal, 'github').runner_environment) ?? text(internal.isolation),
    isHermetic: flag(metadata.buildkit_hermetic) ?? flag(metadata.hermetic),
    isReproducible: flag(metadata.buildkit_reproducible) ?? flag(metadata.reproducible),
    isComplete: complete(flag(completeness.request), flag(completeness.resolvedDependencies)),
    unread: [...parameters.unread, ...materials.unread],
  });
}

/** in-toto/attestation spec/predicates/link.md; v0.2 has its materials as a map of paths. */
function readLink(predicate: JsonObject): BuildRecord {
  const name = text(predicate.name);
  if (name === undefined) throw refuse('in-toto link', 'name');
  const { materials: given } = predicate;
  const listed: Json | undefined = isJsonObject(given)
    ? Object.entries(given).map(([uri, digest]) => ({ uri, digest }))
    : given;
  const materials = readMaterials(listed);
  const { command } = predicate;
  const parameters = readParameters({
    ...(Array.isArray(command)
      ? { command: command.filter((one) => typeof one === 'string').join(' ') }
      : {}),
    environment: predicate.environment ?? {},
  });
  return clean({
    form: 'link',
    workflow: name,
    commit: gitMaterial(materials.list)?.commit,
    parameters: parameters.list,
    materials: materials.list.map(({ material }) => material),
    unread: [...parameters.unread, ...materials.unread],
  });
}

interface ReadMaterial {
  readonly material: Material;
  readonly uri: string;
  /** Of a material that is a repository. */
  readonly commit: string | undefined;
}

function readMaterials(value: Json | undefined): {
  readonly list: readonly ReadMaterial[];
  readonly unread: readonly string[];
} {
  if (value === undefined || value === null) return { list: [], unread: [] };
  if (!Array.isArray(value)) throw refuse('provenance', 'list of materials');
  const list = value
    .slice(0, limits.provenanceMaterials)
    .filter(isJsonObject)
    .flatMap((one): ReadMaterial[] => {
      const uri = text(one.uri) ?? text(one.name);
      const [digest] = readDigests(one.digest);
      if (uri === undefined) return [];
      return [
        { uri, commit: commitOf(one.digest), material: { uri, ...(digest === undefined ? {} : { digest }) } },
      ];
    });
  const left = value.length - list.length;
  return { list, unread: left === 0 ? [] : [`${left} materials have no address, or are more than are read`] };
}

/** The first that names a commit: what most builders call their source. */
function gitMaterial(list: readonly ReadMaterial[]): ReadMaterial | undefined {
  return list.find(({ commit }) => commit !== undefined);
}

function commitOf(value: Json | undefined): string | undefined {
  const digest = isJsonObject(value) ? value : {};
  return text(digest.gitCommit) ?? text(digest.sha1);
}

/** `git+https://host/name@refs/heads/main` or BuildKit's `https://host/name.git#refs/heads/main`. */
function splitRef(uri: string | undefined): { readonly repository?: string; readonly ref?: string } {
  if (uri === undefined) return {};
  const at = /[@#](?=refs\/)/.exec(uri)?.index ?? uri.indexOf('#');
  if (at < 0) return { repository: uri };
  const ref = uri.slice(at + 1).split(':', 1)[0] ?? '';
  return { repository: uri.slice(0, at), ...(ref === '' ? {} : { ref }) };
}

function readParameters(value: JsonObject): {
  readonly list: readonly Parameter[];
  readonly unread: readonly string[];
} {
  const list: Parameter[] = [];
  const add = (name: string, inner: Json, depth: number): void => {
    if (list.length > limits.provenanceParameters) return;
    // Two levels have names of their own (BuildKit's `args`); below, a value is what its JSON says.
    if (isJsonObject(inner) && depth < 2)
      for (const [key, child] of Object.entries(inner))
        add(name === '' ? key : `${name}.${key}`, child, depth + 1);
    else {
      const said = typeof inner === 'string' ? inner : JSON.stringify(inner);
      list.push({ name: name.slice(0, limits.uriChars), value: said.slice(0, limits.uriChars) });
    }
  };
  add('', value, 0);
  list.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const isCut = list.length > limits.provenanceParameters;
  return {
    list: list.slice(0, limits.provenanceParameters),
    unread: isCut ? [`only ${limits.provenanceParameters} parameters are read`] : [],
  };
}

function complete(
  parameters: boolean | undefined,
  materials: boolean | undefined,
): BuildRecord['isComplete'] {
  if (parameters === undefined && materials === undefined) return undefined;
  return {
    ...(parameters === undefined ? {} : { parameters }),
    ...(materials === undefined ? {} : { materials }),
  };
}

type Loose = { readonly [K in keyof BuildRecord]: BuildRecord[K] | undefined };

/** Without the members that are not there. */
function clean(record: Loose): BuildRecord {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined),
  ) as unknown as BuildRecord;
}

function flag(value: Json | undefined): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function member(value: JsonObject, name: string): JsonObject {
  const found = Object.hasOwn(value, name) ? value[name] : undefined;
  return isJsonObject(found) ? found : {};
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= limits.uriChars ? value : undefined;
}

function refuse(what: string, missing: string): Error {
  return attestErrors.statement_invalid(`this is not a readable ${what}: it has no ${missing}`);
}
