// Reports and inventories as they stand in rows: JSON, zstd-compressed (about 1:15). Both are ours and of a
// known shape; a row of another shape's version counts as absent and is made anew.
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import type { Inventory } from '../../engines/sbom/inventory.ts';
import type { ImageReport, ImageSubject, ReportSubject } from './report.ts';

/** What indexing leaves: enough to judge the subject again without reading it. */
export interface Indexed<S extends ReportSubject = ReportSubject> {
  readonly subject: S;
  readonly inventory: Inventory;
}

export type IndexedImage = Indexed<ImageSubject>;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

export async function packJson(value: unknown): Promise<Uint8Array> {
  return compress(Buffer.from(JSON.stringify(value)));
}

/** Undefined where the row was written in another version's shape. */
export async function unpackReport(bytes: Uint8Array): Promise<ImageReport | undefined> {
  const value = (await unpackJson(bytes)) as ImageReport;
  return value.schema === 1 ? value : undefined;
}

/** Undefined where the row was written in another version's shape. */
export async function unpackIndexed(bytes: Uint8Array): Promise<IndexedImage | undefined> {
  const value = (await unpackJson(bytes)) as IndexedImage;
  return value.inventory.schema === 1 ? value : undefined;
}

async function unpackJson(bytes: Uint8Array): Promise<unknown> {
  return JSON.parse((await decompress(bytes)).toString('utf8')) as unknown;
}
