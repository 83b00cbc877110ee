// Tar headers written: POSIX ustar, with pax records only where ustar cannot say it.
// Invariant: the same members give the same bytes; order, owners and times are the caller's alone.
// Bodies are the caller's too: header, body, padding, and the end mark last.
import { archiveErrors } from './errors.ts';
import { TAR_BLOCK, type TarHeader } from './tar-header.ts';

export interface TarMember {
  readonly kind: 'file' | 'folder' | 'symlink' | 'hardlink';
  /** Relative, normalised, without slash at the end. */
  readonly path: string;
  /** Target of a link. */
  readonly linkPath?: string;
  /** Size of the body that follows; only files have one. */
  readonly sizeBytes?: number;
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeSeconds: number;
}

const TYPES = { file: '0', hardlink: '1', symlink: '2', folder: '5' } as const;
/** The largest size eleven octal digits can say. */
const OCTAL_SIZE_MAX = 8 ** 11 - 1;
const OCTAL_ID_MAX = 8 ** 7 - 1;
const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text) && text.length <= 100;

/** The header block or blocks of a member. `archive.malformed` where a number is negative or not whole. */
export function formatTarHeader(member: TarMember): Uint8Array {
  const path = member.kind === 'folder' ? `${member.path}/` : member.path;
  const linkPath = member.linkPath ?? '';
  const { sizeBytes = 0, uid = 0, gid = 0 } = member;
  for (const number of [sizeBytes, uid, gid, member.mtimeSeconds, member.mode])
    if (!Number.isSafeInteger(number) || number < 0)
      throw archiveErrors.malformed(`${member.path}: ${number} cannot stand in a tar header`);
  const records: [string, string][] = [];
  if (!isPlain(path)) records.push(['path', path]);
  if (!isPlain(linkPath)) records.push(['linkpath', linkPath]);
  if (sizeBytes > OCTAL_SIZE_MAX) records.push(['size', String(sizeBytes)]);
  if (uid > OCTAL_ID_MAX) records.push(['uid', String(uid)]);
  if (gid > OCTAL_ID_MAX) records.push(['gid', String(gid)]);
  if (member.mtimeSeconds > OCTAL_SIZE_MAX) records.push(['mtime', String(member.mtimeSeconds)]);
  const own = formatBlock({ ...member, path, linkPath, sizeBytes, uid, gid }, TYPES[member.kind]);
  return records.length === 0 ? own : Buffer.concat([formatPax(records), own]);
}

/** Zeros from the end of a body to the next block. */
export function formatTarPadding(sizeBytes: number): Uint8Array {
  return new Uint8Array((TAR_BLOCK - (sizeBytes % TAR_BLOCK)) % TAR_BLOCK);
}

/** The end mark: two zero blocks. */
export function formatTarEnd(): Uint8Array {
  return new Uint8Array(2 * TAR_BLOCK);
}

/** A whole small archive in memory, in the order given; `body` only for files. */
export function formatTar(
  members: readonly (Omit<TarMember, 'sizeBytes'> & { body?: Uint8Array })[],
): Uint8Array {
  const parts = members.flatMap(({ body = new Uint8Array(0), ...member }) => [
    formatTarHeader({ ...member, sizeBytes: body.byteLength }),
    body,
    formatTarPadding(body.byteLength),
  ]);
  return Buffer.concat([...parts, formatTarEnd()]);
}

function formatPax(records: readonly [string, string][]): Uint8Array {
  const body = Buffer.concat(records.map(([key, value]) => formatRecord(key, value)));
  const header = formatBlock(
    { path: 'PaxHeader', linkPath: '', sizeBytes: body.length, mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0 },
    'x',
  );
  return Buffer.concat([header, body, formatTarPadding(body.length)]);
}

/** A record counts its own length, digits included. */
function formatRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function formatBlock(member: Omit<TarHeader, 'type'>, type: string): Buffer {
  const block = Buffer.alloc(TAR_BLOCK);
  writeText(block, member.path, 0);
  writeOctal(block, member.mode, 100, 7);
  writeOctal(block, Math.min(member.uid, OCTAL_ID_MAX), 108, 7);
  writeOctal(block, Math.min(member.gid, OCTAL_ID_MAX), 116, 7);
  writeOctal(block, member.sizeBytes > OCTAL_SIZE_MAX ? 0 : member.sizeBytes, 124, 11);
  writeOctal(block, Math.min(member.mtimeSeconds, OCTAL_SIZE_MAX), 136, 11);
  block.write('        ', 148, 'latin1');
  block.write(type, 156, 'latin1');
  writeText(block, member.linkPath, 157);
  block.write('ustar\x0000', 257, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  writeOctal(block, sum, 148, 6);
  block[155] = 32;
  return block;
}

/** What does not fit, or is not ASCII, stands in a pax record; here is what an old reader would show. */
function writeText(block: Buffer, text: string, at: number): void {
  block.write(text.replace(/[^\x20-\x7e]/g, '_').slice(0, 100), at, 'latin1');
}

function writeOctal(block: Buffer, value: number, at: number, digits: number): void {
  block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  block[at + digits] = 0;
}
