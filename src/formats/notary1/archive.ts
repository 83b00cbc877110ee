// What an archive of trust data says of itself: of which repository, and each import with every file that was asked
// for, when, where, and what came. The files lie beside it under their consistent names, byte for byte, so that an
// import never overwrites what an earlier one found.
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { notary1Errors } from './errors.ts';
import { isRoleName, type RoleName } from './role-name.ts';

const archiveFormat = 'plimsoll.trust-archive.v1';

/** One file that was asked for. */
export interface TrustFetch {
  /** As it was asked for: `root`, `2.root`, `targets/releases.SHA256`. */
  readonly name: string;
  readonly role: RoleName;
  readonly url: string;
  /** RFC 3339. */
  readonly at: string;
  /** What came; absent where the server had none. */
  readonly file?: TrustFileName;
  /** The server’s word on when it was published. */
  readonly lastModified?: string;
}

export interface TrustFileName {
  /** Hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** One run against one server. */
export interface TrustImport {
  /** When it began, RFC 3339. */
  readonly at: string;
  /** Host of the Notary server. */
  readonly server: string;
  /** False while it runs, and where it broke off. */
  readonly isComplete: boolean;
  readonly fetches: readonly TrustFetch[];
}

export interface TrustArchive {
  /** `docker.io/library/debian`. */
  readonly gun: string;
  /** Oldest first. */
  readonly imports: readonly TrustImport[];
}

/** Where a file lies in the archive's folder; safe as a path, since names of roles are. */
export function archivePath(role: RoleName, sha256: string): string {
  return `roles/${role}.${sha256}.json`;
}

/** Pretty, with a line end: people read it. */
export function formatArchive({ gun, imports }: TrustArchive): string {
  return `${JSON.stringify({ format: archiveFormat, gun, imports }, undefined, 2)}\n`;
}

/** The archive, or `notary.archive_invalid` that names the member. */
export function parseArchive(text: string): TrustArchive {
  if (text.length > limits.trustManifestBytes) throw invalid('it is too large');
  const value = parseJson(text);
  if (!isJsonObject(value) || value.format !== archiveFormat)
    throw invalid(`its format is not ${archiveFormat}`);
  const { gun, imports } = value;
  if (typeof gun !== 'string' || gun === '') throw invalid('gun is not a text');
  return { gun, imports: listOf(imports, 'imports').map(readImport) };
}

function readImport(value: Json, at: number): TrustImport {
  const where = `imports[${at}]`;
  if (!isJsonObject(value)) throw invalid(`${where} is not an object`);
  return {
    at: instantOf(value.at, `${where}.at`),
    server: textOf(value.server, `${where}.server`),
    isComplete: value.isComplete === true,
    fetches: listOf(value.fetches, `${where}.fetches`).map((one, index) =>
      readFetch(one, `${where}.fetches[${index}]`),
    ),
  };
}

function readFetch(value: Json, where: string): TrustFetch {
  if (!isJsonObject(value)) throw invalid(`${where} is not an object`);
  const { name, role, url, at, file, lastModified } = value;
  if (typeof role !== 'string' || !isRoleName(role)) throw invalid(`${where}.role is not the name of a role`);
  return {
    name: textOf(name, `${where}.name`),
    role,
    url: textOf(url, `${where}.url`),
    at: instantOf(at, `${where}.at`),
    ...(file === undefined ? {} : { file: readFileName(file, `${where}.file`) }),
    ...(typeof lastModified === 'string' ? { lastModified } : {}),
  };
}

function readFileName(value: Json, where: string): TrustFileName {
  const { sha256, sizeBytes } = isJsonObject(value) ? value : ({} as JsonObject);
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) throw invalid(`${where}.sha256 is none`);
  if (typeof sizeBytes !== 'number' || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
    throw invalid(`${where}.sizeBytes is none`);
  return { sha256, sizeBytes };
}

function listOf(value: Json | undefined, where: string): readonly Json[] {
  if (!Array.isArray(value)) throw invalid(`${where} is not a list`);
  return value as readonly Json[];
}

function textOf(value: Json | undefined, where: string): string {
  if (typeof value !== 'string' || value === '') throw invalid(`${where} is not a text`);
  return value;
}

function instantOf(value: Json | undefined, where: string): string {
  const text = textOf(value, where);
  if (Number.isNaN(Date.parse(text))) throw invalid(`${where} is not a time`);
  return text;
}

function invalid(why: string): Error {
  return notary1Errors.archive_invalid(`archive.json: ${why}`);
}
