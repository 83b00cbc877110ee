// An image as something else names it: a material of a provenance (`pkg:docker/golang@1.26?platform=…`, as BuildKit
// writes them; `pkg:oci/…`, purl-spec types/oci), or an annotation's text. A name that cannot be read is none.
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import { isSamePlatform, type Platform, parsePlatform } from '../../formats/oci/platform.ts';
import { formatReference, parseRegistryReference } from '../../formats/oci/reference.ts';
import { type Purl, parsePurl } from '../../formats/packages/purl.ts';
import { isPlimsollError } from '../../kit/error.ts';
import type { Material } from '../attest/attestation.ts';

export interface NamedImage {
  /** `docker.io/library/debian:12-slim`, as in a FROM line with nothing left out; without tag where none is known. */
  readonly name?: string;
  readonly tag?: string;
  /** Of the image or its index, as it was when it was used. */
  readonly digest?: Digest;
  /** For which it was used, where that is said. */
  readonly platform?: Platform;
}

/** Images that BuildKit lists since it ran them: they read the Dockerfile or made the SBOM, nothing is built on them. */
const TOOLS = /^docker\.io\/(?:docker\/(?:dockerfile|dockerfile-upstream|buildkit-syft-scanner))(?:$|[:@])/;

/** The image that a material is; undefined for anything else, and for the builder's own tools. */
export function readMaterialImage({ uri, digest }: Material): NamedImage | undefined {
  if (!/^pkg:(?:docker|oci)\//i.test(uri)) return undefined;
  const purl = attempt(() => parsePurl(uri));
  if (purl === undefined) return undefined;
  const named = readImageName(purl.type === 'oci' ? ociName(purl) : dockerName(purl));
  if (named === undefined || TOOLS.test(named.name ?? '')) return undefined;
  const { platform: wanted } = purl.qualifiers ?? {};
  const platform = wanted === undefined ? undefined : attempt(() => parsePlatform(wanted));
  return {
    ...named,
    ...(digest === undefined ? {} : { digest }),
    ...(platform === undefined ? {} : { platform }),
  };
}

/** From `debian:12`, `registry.example.org/team/app@sha256:…` and the like. */
export function readImageName(text: string): NamedImage | undefined {
  const reference = attempt(() => parseRegistryReference(text));
  if (reference === undefined) return undefined;
  const { digest, ...rest } = reference;
  return {
    name: formatReference(rest),
    ...(rest.tag === undefined ? {} : { tag: rest.tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** How it is asked for: by its digest where that is known, else by its tag; undefined where it has no name. */
export function formatNamed({ name, tag, digest }: NamedImage): string | undefined {
  if (name === undefined) return undefined;
  return digest === undefined ? (tag === undefined ? undefined : name) : `${name}@${digest}`;
}

/** A stage for another machine cross-compiles; it is no base. */
export function isForPlatform(named: NamedImage, platform: Platform | undefined): boolean {
  return platform === undefined || named.platform === undefined || isSamePlatform(platform, named.platform);
}

/**
 * The order of names for one image, the most telling first: with a tag, of more parts (`12.5-slim` before `12`
 * before `latest`), longer, and then by the alphabet, so that the same names are always in the same order.
 */
export function compareNames(a: string, b: string): number {
  return (
    specificity(b) - specificity(a) || tagOf(b).length - tagOf(a).length || (a < b ? -1 : a === b ? 0 : 1)
  );
}

function specificity(name: string): number {
  const tag = tagOf(name);
  if (tag === '') return -1;
  return tag === 'latest' ? 0 : tag.split(/[._-]/).length;
}

function tagOf(name: string): string {
  if (name.includes('@')) return '';
  const last = name.slice(name.lastIndexOf('/') + 1);
  return last.includes(':') ? last.slice(last.indexOf(':') + 1) : '';
}

function dockerName({ namespace, name, version, qualifiers }: Purl): string {
  const host = qualifiers?.repository_url;
  const path = [host, namespace, name].filter((part) => part !== undefined).join('/');
  if (isDigest(version)) return `${path}@${version}`;
  const digest = isDigest(qualifiers?.digest) ? `@${qualifiers.digest}` : '';
  return version === undefined ? `${path}${digest}` : `${path}:${version}${digest}`;
}

function ociName({ name, version, qualifiers }: Purl): string {
  const { repository_url = name, tag } = qualifiers ?? {};
  const path = tag === undefined ? repository_url : `${repository_url}:${tag}`;
  return isDigest(version) ? `${path}@${version}` : path;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isPlimsollError(error)) return undefined;
    throw error;
  }
}
