// ELF executables (System V ABI, gABI 4.1): where sections and segments lie, 32 and 64 bit, both byte
// orders. Every offset is checked against the bytes at hand before it is used; what is malformed is not
// an ELF file (undefined), and a table that is cut is read as far as it goes. Nothing is copied.

export interface ElfSection {
  readonly name: string;
  readonly address: bigint;
  /** Only sections whose bytes are in the file. */
  readonly bytes: Uint8Array;
}

export interface ElfSegment {
  /** 1 is PT_LOAD. */
  readonly type: number;
  /** Bit set: 1 execute, 2 write, 4 read. */
  readonly flags: number;
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

export interface ElfFile {
  readonly is64Bit: boolean;
  readonly isLittleEndian: boolean;
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
}

const SHT_NOBITS = 8;
/** Executables have tens of sections; objects with one per function have thousands. */
const MAX_ENTRIES = 65_536;
const MAX_NAME_BYTES = 256;

/** Whether the first bytes are an ELF file's. */
export function isElf(head: Uint8Array): boolean {
  return head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
}

/** The file's layout; undefined where it is not ELF or its header is malformed. */
export function parseElf(bytes: Uint8Array): ElfFile | undefined {
  if (!isElf(bytes) || bytes.length < 64) return undefined;
  const is64Bit = bytes[4] === 2;
  const isLittleEndian = bytes[5] === 1;
  if ((!is64Bit && bytes[4] !== 1) || (!isLittleEndian && bytes[5] !== 2)) return undefined;
  const fields = createFields(bytes, is64Bit, isLittleEndian);
  return Object.freeze({
    is64Bit,
    isLittleEndian,
    sections: readSections(bytes, fields),
    segments: readSegments(bytes, fields),
  });
}

/** `sizeBytes` at a virtual address, from the segment that holds it whole; undefined where none does. */
export function readElfAddress(elf: ElfFile, address: bigint, sizeBytes: number): Uint8Array | undefined {
  for (const segment of elf.segments) {
    const offset = address - segment.address;
    if (segment.type !== 1 || offset < 0n || sizeBytes < 0) continue;
    if (offset + BigInt(sizeBytes) > BigInt(segment.bytes.length)) continue;
    return segment.bytes.subarray(Number(offset), Number(offset) + sizeBytes);
  }
  return undefined;
}

/** Header fields by the two layouts; reads beyond the end give 0, which names an empty table. */
interface Fields {
  u16(offset: number): number;
  u32(offset: number): number;
  /** An address or offset: 4 or 8 bytes. */
  word(offset: number): bigint;
  readonly is64Bit: boolean;
}

function createFields(bytes: Uint8Array, is64Bit: boolean, isLittleEndian: boolean): Fields {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const has = (offset: number, size: number) => offset >= 0 && offset + size <= bytes.length;
  const u32 = (offset: number) => (has(offset, 4) ? view.getUint32(offset, isLittleEndian) : 0);
  return {
    is64Bit,
    u32,
    u16: (offset) => (has(offset, 2) ? view.getUint16(offset, isLittleEndian) : 0),
    word: (offset) => {
      if (!is64Bit) return BigInt(u32(offset));
      return has(offset, 8) ? view.getBigUint64(offset, isLittleEndian) : 0n;
    },
  };
}

/** The bytes of a range, cut at the end of the file; empty where it begins beyond. */
function slice(bytes: Uint8Array, offset: bigint, sizeBytes: bigint): Uint8Array {
  const end = BigInt(bytes.length);
  if (offset >= end) return bytes.subarray(0, 0);
  const stop = offset + sizeBytes < end ? offset + sizeBytes : end;
  return bytes.subarray(Number(offset), Number(stop));
}

/** Offsets of a table's entries that lie wholly in the file. */
function* entries(bytes: Uint8Array, table: bigint, size: number, count: number, least: number) {
  if (size < least || table === 0n || table > BigInt(bytes.length)) return;
  for (let i = 0; i < Math.min(count, MAX_ENTRIES); i += 1) {
    const at = Number(table) + i * size;
    if (at + size > bytes.length) return;
    yield at;
  }
}

function readSections(bytes: Uint8Array, fields: Fields): readonly ElfSection[] {
  const wide = fields.is64Bit;
  const table = fields.word(wide ? 0x28 : 0x20);
  const size = fields.u16(wide ? 0x3a : 0x2e);
  const count = fields.u16(wide ? 0x3c : 0x30);
  const namesAt = fields.u16(wide ? 0x3e : 0x32);
  const raw = [...entries(bytes, table, size, count, wide ? 64 : 40)].map((at) => ({
    nameOffset: fields.u32(at),
    type: fields.u32(at + 4),
    address: fields.word(at + (wide ? 16 : 12)),
    bytes: slice(bytes, fields.word(at + (wide ? 24 : 16)), fields.word(at + (wide ? 32 : 20))),
  }));
  const names = raw[namesAt]?.bytes ?? new Uint8Array();
  return raw
    .filter(({ type }) => type !== SHT_NOBITS && type !== 0)
    .map(({ nameOffset, address, bytes: content }) => ({
      name: readName(names, nameOffset),
      address,
      bytes: content,
    }));
}

function readName(names: Uint8Array, offset: number): string {
  const from = names.subarray(offset, offset + MAX_NAME_BYTES);
  const end = from.indexOf(0);
  return Buffer.from(from.subarray(0, end < 0 ? from.length : end)).toString('latin1');
}

function readSegments(bytes: Uint8Array, fields: Fields): readonly ElfSegment[] {
  const wide = fields.is64Bit;
  const table = fields.word(wide ? 0x20 : 0x1c);
  const size = fields.u16(wide ? 0x36 : 0x2a);
  const count = fields.u16(wide ? 0x38 : 0x2c);
  return [...entries(bytes, table, size, count, wide ? 56 : 32)].map((at) => ({
    type: fields.u32(at),
    flags: fields.u32(at + (wide ? 4 : 24)),
    address: fields.word(at + (wide ? 16 : 8)),
    bytes: slice(bytes, fields.word(at + (wide ? 8 : 4)), fields.word(at + (wide ? 32 : 16))),
  }));
}
