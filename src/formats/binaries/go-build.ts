// What the Go linker writes about a program: debug/buildinfo and runtime/debug.BuildInfo. Two layouts:
// inline strings (Go 1.18 and later) and pointers to string headers (before). Malformed input is simply
// not a Go program (undefined). Reads ELF only; what a build was told with -ldflags is read, not run.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { type ElfFile, parseElf, readElfAddress } from './elf.ts';

export interface GoModule {
  readonly path: string;
  /** `v1.2.3`, `(devel)` or empty, as written. */
  readonly version: string;
  /** What was compiled instead, by a replace directive; a folder has no version. */
  readonly replacement?: { readonly path: string; readonly version: string };
}

export interface GoBuild {
  /** `go1.22.3`, `go1.22.3 X:boringcrypto`, `devel go1.23-…`, as written. */
  readonly goVersion: string;
  /** Import path of the main package. */
  readonly path?: string;
  readonly main?: GoModule;
  readonly dependencies: readonly GoModule[];
  /** `-ldflags`, `GOARCH`, `vcs.revision`, ... */
  readonly settings: ReadonlyMap<string, string>;
}

const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1');
const HEADER_BYTES = 32;
const ALIGNMENT = 16;
/** A version line; `go version` prints at most some dozens of characters. */
const MAX_VERSION_BYTES = 4096;
/** kubelet's list of 300 modules is 30 KiB; a thousand times the largest seen is a forgery. */
const MAX_MODULES_BYTES = 16 * 1024 * 1024;

/** Build information of an ELF file; undefined where it is no Go program or carries none. */
export function parseGoBuild(bytes: Uint8Array): GoBuild | undefined {
  const elf = parseElf(bytes);
  if (elf === undefined) return undefined;
  for (const place of places(elf)) {
    const at = findMagic(place);
    if (at === undefined) continue;
    const blob = place.subarray(at);
    const isInline = ((blob[15] as number) & 2) !== 0;
    const texts = isInline ? readInline(blob) : readPointers(elf, blob);
    if (texts !== undefined) return parseTexts(texts.goVersion, texts.modules);
  }
  return undefined;
}

/** The section made for it; in stripped section tables, the writable data segment (as debug/buildinfo does). */
function* places(elf: ElfFile): Generator<Uint8Array> {
  for (const section of elf.sections) if (section.name === '.go.buildinfo') yield section.bytes;
  for (const segment of elf.segments) {
    if (segment.type === 1 && (segment.flags & 3) === 2) yield segment.bytes;
  }
}

function findMagic(bytes: Uint8Array): number | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let from = 0; ; ) {
    const at = buffer.indexOf(MAGIC, from);
    if (at < 0 || at + HEADER_BYTES > bytes.length) return undefined;
    if (at % ALIGNMENT === 0) return at;
    from = at + 1;
  }
}

interface Texts {
  readonly goVersion: string;
  readonly modules: string;
}

function readInline(blob: Uint8Array): Texts | undefined {
  const version = readVarintBytes(blob, HEADER_BYTES, MAX_VERSION_BYTES);
  if (version === undefined) return undefined;
  const modules = readVarintBytes(blob, version.end, MAX_MODULES_BYTES);
  return toTexts(version.bytes, modules?.bytes);
}

/** A length as Go's unsigned varint, then that many bytes. */
function readVarintBytes(
  blob: Uint8Array,
  at: number,
  limitBytes: number,
): { readonly bytes: Uint8Array; readonly end: number } | undefined {
  let length = 0;
  let offset = at;
  for (let shift = 0; ; shift += 7) {
    const byte = blob[offset];
    if (byte === undefined || shift > 28) return undefined;
    length += (byte & 0x7f) * 2 ** shift;
    offset += 1;
    if ((byte & 0x80) === 0) break;
  }
  if (length > limitBytes || offset + length > blob.length) return undefined;
  return { bytes: blob.subarray(offset, offset + length), end: offset + length };
}

/** Header byte 14 is the pointer size, bit 0 of byte 15 big endian; two pointers to Go strings follow. */
function readPointers(elf: ElfFile, blob: Uint8Array): Texts | undefined {
  const pointerBytes = blob[14];
  if (pointerBytes !== 4 && pointerBytes !== 8) return undefined;
  const isLittleEndian = ((blob[15] as number) & 1) === 0;
  const pointer = (bytes: Uint8Array, at: number): bigint => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return pointerBytes === 4
      ? BigInt(view.getUint32(at, isLittleEndian))
      : view.getBigUint64(at, isLittleEndian);
  };
  const readString = (address: bigint, limitBytes: number): Uint8Array | undefined => {
    const header = readElfAddress(elf, address, 2 * pointerBytes);
    if (header === undefined) return undefined;
    const length = pointer(header, pointerBytes);
    if (length > BigInt(limitBytes)) return undefined;
    return readElfAddress(elf, pointer(header, 0), Number(length));
  };
  const version = readString(pointer(blob, 16), MAX_VERSION_BYTES);
  if (version === undefined) return undefined;
  return toTexts(version, readString(pointer(blob, 16 + pointerBytes), MAX_MODULES_BYTES));
}

/** The module text stands between two 16-byte marks; the last line ends before the second. */
function toTexts(version: Uint8Array, modules: Uint8Array | undefined): Texts | undefined {
  const goVersion = decodeUtf8(version)?.trim();
  if (!goVersion) return undefined;
  const isMarked = modules !== undefined && modules.length >= 33 && modules.at(-17) === 0x0a;
  return { goVersion, modules: isMarked ? (decodeUtf8(modules.subarray(16, -16)) ?? '') : '' };
}

function parseTexts(goVersion: string, modules: string): GoBuild {
  const found: GoModule[] = [];
  const settings = new Map<string, string>();
  let path: string | undefined;
  let mainAt = -1;
  for (const line of modules.split('\n')) {
    const [kind, first = '', second = ''] = line.split('\t');
    if (kind === 'path') path = first;
    if (kind === 'mod') mainAt = found.length;
    if ((kind === 'mod' || kind === 'dep') && first !== '') found.push({ path: first, version: second });
    const last = found.at(-1);
    if (kind === '=>' && last !== undefined && first !== '') {
      found[found.length - 1] = { ...last, replacement: { path: first, version: second } };
    }
    if (kind === 'build') addSetting(settings, line.slice('build\t'.length));
  }
  const main = found[mainAt];
  return Object.freeze({
    goVersion,
    ...(path && { path }),
    ...(main !== undefined && { main }),
    dependencies: found.filter((module) => module !== main),
    settings,
  });
}

/** `key=value`, either quoted as Go does where it holds odd characters. */
function addSetting(settings: Map<string, string>, line: string): void {
  const match = /^("(?:[^"\\]|\\.)*"|`[^`]*`|[^=]*)=(.*)$/.exec(line);
  if (match !== null) settings.set(unquoteGo(match[1] as string), unquoteGo(match[2] as string));
}

function unquoteGo(text: string): string {
  if (text.length >= 2 && text.startsWith('`') && text.endsWith('`')) return text.slice(1, -1);
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  const names: ReadonlyMap<string, string> = new Map([
    ['n', '\n'],
    ['t', '\t'],
    ['r', '\r'],
  ]);
  return text.slice(1, -1).replace(/\\(.)/gs, (_whole, char: string) => names.get(char) ?? char);
}
