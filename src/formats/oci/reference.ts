// Where an image is, as skopeo's and Docker Scout's users spell it: a prefix says the kind of place, see the table
// below. Without a prefix it is a registry (for what looks into images, the local engine first), with Docker's short names (`debian` is docker.io/library/debian:latest).
// Grammar: distribution-spec "Pulling manifests"; github.com/distribution/reference.
// Nothing is looked up here: `archive://` is told apart by what the file holds, `image://` by who has the image.
import { limits } from '../../kit/limits.ts';
import { type Digest, parseDigest } from './digest.ts';
import { ociErrors } from './errors.ts';

export interface RegistryReference {
  readonly kind: 'registry';
  /** Host with port where given, e.g. `docker.io`, `127.0.0.1:1876`. */
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export interface LayoutReference {
  readonly kind: 'oci-layout';
  readonly folder: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export interface ArchiveReference {
  /** `archive`: whichever of the two the file is. */
  readonly kind: 'oci-archive' | 'docker-archive' | 'archive';
  readonly file: string;
  /** For oci-archive a tag; for docker-archive a repo tag such as `app:1.0`. */
  readonly tag?: string;
}

export interface EngineReference {
  readonly kind: 'engine';
  /** Docker alone; absent where any engine of this machine will do. */
  readonly engine?: 'docker';
  /** As the engine is asked: a name with tag or digest, or an image id (`sha256:…`, short hex). */
  readonly name: string;
}

/** A local engine's image where it has it, else the registry's. */
export interface AnyReference {
  readonly kind: 'any';
  /** Readable by `parseRegistryReference`. */
  readonly name: string;
}

/** Where an image can be read. */
export type ImageReference =
  | RegistryReference
  | LayoutReference
  | ArchiveReference
  | EngineReference
  | AnyReference;

/** Where an image can be written. */
export type TargetReference =
  | RegistryReference
  | LayoutReference
  | (ArchiveReference & { readonly kind: 'oci-archive' | 'docker-archive' });

/** A folder of files that is no image. */
export interface FolderReference {
  readonly kind: 'folder';
  readonly folder: string;
}

export interface SbomReference {
  readonly kind: 'sbom';
  /** `-` is standard input. */
  readonly file: string;
}

/** Whatever can be looked into. */
export type SubjectReference = ImageReference | FolderReference | SbomReference;

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const HOST = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::[0-9]{1,5})?$/;

/** `registry.example.org`, `127.0.0.1:1876`, `[::1]:1876`: no scheme, no path. */
export function isRegistryHost(text: string): boolean {
  return HOST.test(text);
}

export function isRepositoryName(text: string): boolean {
  return text.length <= limits.repositoryNameChars && NAME.test(text);
}

export function checkRepositoryName(text: string): void {
  if (isRepositoryName(text)) return;
  throw ociErrors.repository_name_invalid(`"${clip(text)}" is not a repository name`);
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

export function checkTag(text: string): void {
  if (!isTag(text)) throw ociErrors.tag_invalid(`"${clip(text)}" is not a tag`);
}

/** Each prefix with the reader of what follows it. */
const prefixes: readonly (readonly [string, (text: string) => SubjectReference])[] = [
  ['docker://', parseRegistryReference],
  ['registry://', parseRegistryReference],
  ['oci:', (text) => parseLayoutReference(text, 'oci:')],
  ['oci-dir://', (text) => parseLayoutReference(text, 'oci-dir://')],
  ['oci-archive:', (text) => parseArchiveReference('oci-archive', text, 'oci-archive:')],
  ['docker-archive:', (text) => parseArchiveReference('docker-archive', text, 'docker-archive:')],
  ['archive://', (text) => parseArchiveReference('archive', text, 'archive://')],
  ['local://', (text) => ({ kind: 'engine', name: checkEngineName(text, 'local://') })],
  [
    'docker-daemon:',
    (text) => ({ kind: 'engine', engine: 'docker', name: checkEngineName(text, 'docker-daemon:') }),
  ],
  ['image://', (text) => ({ kind: 'any', name: checkEngineName(text, 'image://') })],
  ['fs://', parseFolderReference],
  ['sbom://', (text) => ({ kind: 'sbom', file: text === '' ? '-' : text })],
];

function parsePrefixed(text: string): SubjectReference | undefined {
  if (text === '') throw ociErrors.reference_invalid('the image reference is empty');
  for (const [prefix, parse] of prefixes)
    if (text.startsWith(prefix)) return parse(text.slice(prefix.length));
  return undefined;
}

/**
 * What to look into: an image, a folder or an SBOM. Without a prefix the local engine's image, else the
 * registry's, as `image://` says it.
 * `oci.reference_invalid`, `oci.repository_name_invalid`, `oci.tag_invalid`, `oci.digest_invalid`.
 */
export function parseSubject(text: string): SubjectReference {
  const subject = parsePrefixed(text);
  if (subject !== undefined) return subject;
  parseRegistryReference(text);
  return { kind: 'any', name: text };
}

/** The same for what moves images: without a prefix a registry's; a folder or an SBOM is `oci.reference_invalid`. */
export function parseReference(text: string): ImageReference {
  const subject = parsePrefixed(text) ?? parseRegistryReference(text);
  if (subject.kind !== 'folder' && subject.kind !== 'sbom') return subject;
  const what = subject.kind === 'folder' ? 'a folder of files' : 'an SBOM';
  throw ociErrors.reference_invalid(`"${clip(text)}" is ${what}, but an image is wanted here`);
}

/** `oci.target_unsupported` where no image can be written to such a place. */
export function checkTarget(reference: ImageReference): asserts reference is TargetReference {
  const text = formatReference(reference);
  if (reference.kind === 'engine' || reference.kind === 'any')
    throw ociErrors.target_unsupported(
      `${text} cannot be written: write docker-archive:FILE, then run docker load -i FILE or podman load -i FILE`,
    );
  if (reference.kind === 'archive')
    throw ociErrors.target_unsupported(
      `${text} does not say which archive to write: name it as oci-archive:FILE or docker-archive:FILE`,
    );
}

/** The inverse of `parseSubject`; registries without a prefix, unless they would be read as another kind. */
export function formatReference(reference: SubjectReference): string {
  switch (reference.kind) {
    case 'registry': {
      const text = `${reference.host}/${reference.repository}${suffix(reference)}`;
      return prefixes.some(([prefix]) => text.startsWith(prefix)) ? `docker://${text}` : text;
    }
    case 'oci-layout':
      return `oci:${reference.folder}${suffix(reference)}`;
    case 'oci-archive':
    case 'docker-archive':
    case 'archive': {
      const mark = reference.kind === 'archive' ? '://' : ':';
      return `${reference.kind}${mark}${reference.file}${reference.tag === undefined ? '' : `:${reference.tag}`}`;
    }
    case 'engine':
      return `${reference.engine === 'docker' ? 'docker-daemon:' : 'local://'}${reference.name}`;
    case 'any':
      return `image://${reference.name}`;
    case 'folder':
      return `fs://${reference.folder}`;
    case 'sbom':
      return `sbom://${reference.file}`;
  }
}

/** A registry reference with Docker's defaults; the tag is `latest` where neither tag nor digest is given. */
export function parseRegistryReference(text: string): RegistryReference {
  const [whole, digestText] = splitOnce(text, '@');
  const digest = digestText === undefined ? undefined : parseDigest(digestText);
  const slash = whole.indexOf('/');
  const first = slash < 0 ? '' : whole.slice(0, slash);
  const hasHost =
    first === 'localhost' || first.includes('.') || first.includes(':') || first !== first.toLowerCase();
  // Names of hosts know no case: what is compared by its host has one spelling.
  const named = hasHost ? first.toLowerCase() : 'docker.io';
  const host = named === 'index.docker.io' ? 'docker.io' : named;
  const path = hasHost ? whole.slice(slash + 1) : whole;
  const colon = path.lastIndexOf(':');
  const name = colon < 0 ? path : path.slice(0, colon);
  const tag = colon < 0 ? undefined : path.slice(colon + 1);
  if (!isRegistryHost(host))
    throw ociErrors.reference_invalid(`"${clip(host)}" in "${clip(text)}" is not a registry host`);
  const repository = host === 'docker.io' && !name.includes('/') ? `library/${name}` : name;
  checkRepositoryName(repository);
  if (tag !== undefined) checkTag(tag);
  return {
    kind: 'registry',
    host,
    repository,
    ...(tag !== undefined ? { tag } : digest === undefined ? { tag: 'latest' } : {}),
    ...(digest === undefined ? {} : { digest }),
  };
}

function parseLayoutReference(text: string, prefix: string): LayoutReference {
  const at = text.lastIndexOf('@');
  if (at > 0 && /^sha(256|512):/.test(text.slice(at + 1)))
    return { kind: 'oci-layout', folder: text.slice(0, at), digest: parseDigest(text.slice(at + 1)) };
  const [folder, tag] = splitOnce(text, ':');
  if (folder === '')
    throw ociErrors.reference_invalid(`${prefix} needs a folder, as ${prefix}FOLDER or ${prefix}FOLDER:TAG`);
  return { kind: 'oci-layout', folder, ...(tag ? { tag } : {}) };
}

function parseArchiveReference(
  kind: ArchiveReference['kind'],
  text: string,
  prefix: string,
): ArchiveReference {
  const [file, tag] = splitOnce(text, ':');
  if (file === '') throw ociErrors.reference_invalid(`${prefix} needs a file, as ${prefix}FILE`);
  return { kind, file, ...(tag ? { tag } : {}) };
}

function parseFolderReference(text: string): FolderReference {
  if (text !== '') return { kind: 'folder', folder: text };
  throw ociErrors.reference_invalid('fs:// needs a folder, as fs://FOLDER; fs://. is this one');
}

/** An engine is handed the name as it is; what it could not mean is refused here. An id passes as a name. */
function checkEngineName(text: string, prefix: string): string {
  if (text === '') throw ociErrors.reference_invalid(`${prefix} needs an image, as ${prefix}NAME:TAG`);
  parseRegistryReference(text);
  return text;
}

function suffix(reference: { readonly tag?: string; readonly digest?: Digest }): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  return reference.digest === undefined ? tag : `${tag}@${reference.digest}`;
}

function splitOnce(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function clip(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
