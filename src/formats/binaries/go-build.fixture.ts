// Smallest ELF files with Go build information, made for tests: one data segment, one section.

export interface GoElfShape {
  readonly layout: 'inline' | 'pointers' | 'inline-without-sections';
  readonly is64Bit: boolean;
  readonly isLittleEndian: boolean;
  readonly goVersion: string;
  /** Lines of module information, ending with a newline; may be empty. */
  readonly modules: string;
}

const DATA_OFFSET = 256;
const ADDRESS = 0x40_0000;

/** The file's bytes. */
export function buildGoElf(shape: GoElfShape): Uint8Array {
  const data = buildData(shape);
  const names = Buffer.from('\0.go.buildinfo\0');
  const namesAt = DATA_OFFSET + data.length;
  const sectionsAt = namesAt + names.length + 1;
  const file = Buffer.alloc(sectionsAt + 3 * (shape.is64Bit ? 64 : 40));
  const { u16, u32, word } = writers(file, shape);
  const wide = shape.is64Bit;
  const hasSections = shape.layout !== 'inline-without-sections';
  file.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, shape.isLittleEndian ? 1 : 2, 1]);
  const header = wide ? 64 : 52;
  word(wide ? 0x20 : 0x1c, header);
  word(wide ? 0x28 : 0x20, hasSections ? sectionsAt : 0);
  u16(wide ? 0x36 : 0x2a, wide ? 56 : 32);
  u16(wide ? 0x38 : 0x2c, 1);
  u16(wide ? 0x3a : 0x2e, wide ? 64 : 40);
  u16(wide ? 0x3c : 0x30, hasSections ? 3 : 0);
  u16(wide ? 0x3e : 0x32, hasSections ? 2 : 0);
  u32(header, 1);
  u32(header + (wide ? 4 : 24), 6);
  word(header + (wide ? 8 : 4), DATA_OFFSET);
  word(header + (wide ? 16 : 8), ADDRESS);
  word(header + (wide ? 32 : 16), data.length);
  const section = (index: number, name: number, offset: number, size: number) => {
    const at = sectionsAt + index * (wide ? 64 : 40);
    u32(at, name);
    u32(at + 4, 1);
    word(at + (wide ? 16 : 12), ADDRESS);
    word(at + (wide ? 24 : 16), offset);
    word(at + (wide ? 32 : 20), size);
  };
  section(1, 1, DATA_OFFSET, data.length);
  section(2, 1, namesAt, names.length);
  file.set(data, DATA_OFFSET);
  file.set(names, namesAt);
  return file;
}

function buildData(shape: GoElfShape): Buffer {
  const version = Buffer.from(shape.goVersion);
  const mark = Buffer.alloc(16, 0x77);
  const modules = Buffer.concat([mark, Buffer.from(shape.modules), mark]);
  const header = Buffer.alloc(32);
  header.write('\xff Go buildinf:', 'latin1');
  if (shape.layout !== 'pointers') {
    header[15] = 2;
    return Buffer.concat([header, varint(version.length), version, varint(modules.length), modules]);
  }
  const pointerBytes = shape.is64Bit ? 8 : 4;
  header[14] = pointerBytes;
  header[15] = shape.isLittleEndian ? 0 : 1;
  const strings = Buffer.alloc(4 * pointerBytes);
  const textAt = ADDRESS + header.length + strings.length;
  writers(header, shape).word(16, ADDRESS + header.length);
  writers(header, shape).word(16 + pointerBytes, ADDRESS + header.length + 2 * pointerBytes);
  const { word } = writers(strings, shape);
  word(0, textAt);
  word(pointerBytes, version.length);
  word(2 * pointerBytes, textAt + version.length);
  word(3 * pointerBytes, modules.length);
  return Buffer.concat([header, strings, version, modules]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function writers(file: Buffer, shape: Pick<GoElfShape, 'is64Bit' | 'isLittleEndian'>) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const u32 = (at: number, value: number) => view.setUint32(at, value, shape.isLittleEndian);
  return {
    u16: (at: number, value: number) => view.setUint16(at, value, shape.isLittleEndian),
    u32,
    word: (at: number, value: number) =>
      shape.is64Bit ? view.setBigUint64(at, BigInt(value), shape.isLittleEndian) : u32(at, value),
  };
}
