// Pax extended headers (POSIX.1-2008 pax, "pax Extended Header"): `LENGTH key=value\n` records.
// Only what changes how an entry is read is kept; extended attributes and times finer than seconds are not.
import { archiveErrors } from './errors.ts';
import { decodeName } from './tar-header.ts';

/** What pax records say about the next entry. */
export interface PaxRecords {
  path?: string;
  linkPath?: string;
  sizeBytes?: number;
  uid?: number;
  gid?: number;
  mtimeSeconds?: number;
  /** GNU sparse format 0.0, 0.1 or 1.0: the body is not the file. */
  isSparse?: boolean;
  sparseName?: string;
  sparseSizeBytes?: number;
}

/** The records of one header body, the last of a repeated key; `archive.malformed` where one is cut or odd. */
export function parsePax(body: Buffer): PaxRecords {
  const records: PaxRecords = {};
  let at = 0;
  while (at < body.length) {
    const space = body.indexOf(0x20, at);
    const digits = space < 0 || space - at > 10 ? '' : body.toString('latin1', at, space);
    const end = /^[0-9]+$/.test(digits) ? at + Number(digits) : -1;
    if (end > body.length || end <= space + 1 || body[end - 1] !== 0x0a) throw malformed();
    const equals = body.indexOf(0x3d, space);
    if (equals <= space + 1 || equals >= end - 1) throw malformed();
    keepRecord(records, body.toString('latin1', space + 1, equals), body.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

function keepRecord(records: PaxRecords, key: string, value: Buffer): void {
  // An empty value takes a record back: the header's own member holds (as Go reads it).
  const isEmpty = value.length === 0;
  if (key.startsWith('GNU.sparse.')) keepSparse(records, key, value);
  else if (key === 'path') records.path = isEmpty ? undefined : readName(value);
  else if (key === 'linkpath') records.linkPath = isEmpty ? undefined : readName(value);
  else if (key === 'size') records.sizeBytes = isEmpty ? undefined : readWhole(value);
  else if (key === 'uid') records.uid = isEmpty ? undefined : readWhole(value);
  else if (key === 'gid') records.gid = isEmpty ? undefined : readWhole(value);
  else if (key === 'mtime') records.mtimeSeconds = isEmpty ? undefined : readSeconds(value);
}

function keepSparse(records: PaxRecords, key: string, value: Buffer): void {
  records.isSparse = true;
  if (key === 'GNU.sparse.name' && value.length > 0) records.sparseName = readName(value);
  if (key === 'GNU.sparse.realsize' || key === 'GNU.sparse.size') records.sparseSizeBytes = readWhole(value);
}

function readName(value: Buffer): string {
  if (value.includes(0)) throw malformed();
  return decodeName(value);
}

function readWhole(value: Buffer): number {
  const text = value.length > 20 ? '' : value.toString('latin1');
  const number = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw malformed();
  return number;
}

function readSeconds(value: Buffer): number {
  const text = value.length > 40 ? '' : value.toString('latin1');
  const number = /^-?[0-9]+(?:\.[0-9]*)?$/.test(text) ? Math.floor(Number(text)) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw malformed();
  return number;
}

function malformed(): Error {
  return archiveErrors.malformed('a pax header in the tar archive has a record that cannot be read');
}
