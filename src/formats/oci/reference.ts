// Where an image is, as skopeo's users spell it. `docker://HOST/REPO:TAG`, `oci:FOLDER:TAG`,
// `oci-archive:FILE[:TAG]`, `docker-archive:FILE[:REF]`; without a prefix a registry, with
// Docker's short names (`debian` is docker.io/library/debian:latest).
// Grammar: distribution-spec "Pulling manifests"; github.com/distribution/reference.
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
  readonly kind: 'oci-archive' | 'docker-archive';
  readonly file: string;
  /** For oci-archive a tag; for docker-archive a repo tag such as `app:1.0`. */
  readonly tag?: string;
}

export type ImageReference = RegistryReference | LayoutReference | ArchiveReference;

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

/** The reference, or `oci.reference_invalid`, `oci.repository_name_invalid`, `oci.tag_invalid`. */
export function parseReference(text: string): ImageReference {
  if (text === '') throw ociErrors.reference_invalid('the image reference is empty');
  if (text.startsWith('docker://')) return parseRegistryReference(text.slice('docker://'.length));
  if (text.startsWith('oci:')) return parseLayoutReference(text.slice('oci:'.length));
  for (const kind of ['oci-archive', 'docker-archive'] as const)
    if (text.startsWith(`${kind}:`)) return parseArchiveReference(kind, text.slice(kind.length + 1));
  return parseRegistryReference(text);
}

/** The inverse of `parseReference`, with its prefix except for registries. */
export function formatReference(reference: ImageReference): string {
  switch (reference.kind) {
    case 'registry':
      return `${reference.host}/${reference.repository}${suffix(reference)}`;
    case 'oci-layout':
      return `oci:${reference.folder}${suffix(reference)}`;
    case 'oci-archive':
    case 'docker-archive':
      return `${reference.kind}:${reference.file}${reference.tag === undefined ? '' : `:${reference.tag}`}`;
  }
}

/** A registry reference with Docker's defaults; the tag is `latest` where neither tag nor digest is given. */
export function parseRegistryReference(text: string): RegistryReference {
  const [named, digestText] = splitOnce(text, '@');
  const digest = digestText === undefined ? undefined : parseDigest(digestText);
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  const hasHost =
    first === 'localhost' || first.includes('.') || first.includes(':') || first !== first.toLowerCase();
  const host = hasHost ? first : 'docker.io';
  const path = hasHost ? named.slice(slash + 1) : named;
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
    host: host === 'index.docker.io' ? 'docker.io' : host,
    repository,
    ...(tag !== undefined ? { tag } : digest === undefined ? { tag: 'latest' } : {}),
    ...(digest === undefined ? {} : { digest }),
  };
}

function parseLayoutReference(text: string): LayoutReference {
  const at = text.lastIndexOf('@');
  if (at > 0 && /^sha(256|512):/.test(text.slice(at + 1)))
    return { kind: 'oci-layout', folder: text.slice(0, at), digest: parseDigest(text.slice(at + 1)) };
  const [folder, tag] = splitOnce(text, ':');
  if (folder === '') throw ociErrors.reference_invalid('oci: needs a folder, as oci:FOLDER:TAG');
  return { kind: 'oci-layout', folder, ...(tag ? { tag } : {}) };
}

function parseArchiveReference(kind: ArchiveReference['kind'], text: string): ArchiveReference {
  const [file, tag] = splitOnce(text, ':');
  if (file === '') throw ociErrors.reference_invalid(`${kind}: needs a file, as ${kind}:FILE`);
  return { kind, file, ...(tag ? { tag } : {}) };
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
