// An SBOM document as an inventory, so that it is judged like an image: SPDX 2.2 and 2.3, CycloneDX 1.4 to 1.6 and
// syft's own JSON, plain or inside an in-toto statement. Invariant: a document of our own gives back the inventory it
// was written of, unknowns and all; nothing that cannot be judged is passed over without an unknown. Pure.
import { digestOf } from '../../formats/oci/digest.ts';
import { formatSize } from '../../kit/bytes.ts';
import { isJsonObject, type JsonObject } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { sbomErrors } from './errors.ts';
import type { Inventory } from './inventory.ts';
import { assembleInventory } from './read/assemble.ts';
import { parseBoundedJson } from './read/bounded-json.ts';
import type { DocumentClaim } from './read/claim.ts';
import { readCyclonedx } from './read/cyclonedx.ts';
import { unwrap } from './read/envelope.ts';
import { readSpdx } from './read/spdx.ts';
import { readSyft } from './read/syft.ts';

export interface SbomReading {
  /** With the digest of the image where the document tells it, else that of the document. */
  readonly inventory: Inventory;
  /** What the document says that it is about. */
  readonly name?: string;
  /** `SPDX 2.3`, `CycloneDX 1.6`, `syft 16.0.0`. */
  readonly format: string;
}

/** A reference is at most some 400; whatever is longer is no name. */
const NAME_CHARS = 1_000;
/** Enough to know XML and tag-value text by. */
const HEAD_BYTES = 512;
const READ = 'SPDX 2.2 and 2.3, CycloneDX 1.4 to 1.6 and syft’s own are read, as JSON';

/**
 * The inventory. `sbom.invalid` where the bytes are no SBOM, cut or malformed; `sbom.unsupported` for another format,
 * version or size (`limits.sbomBytes`, `sbomPackages`).
 */
export function readSbom(bytes: Uint8Array): SbomReading {
  if (bytes.byteLength > limits.sbomBytes)
    throw sbomErrors.unsupported(
      `the document has ${formatSize(bytes.byteLength)}, over the limit of ${formatSize(limits.sbomBytes)}`,
    );
  const { document, digest, name } = unwrap(parseDocument(bytes));
  const claim = readClaim(document);
  const about = (claim.name ?? name)?.slice(0, NAME_CHARS);
  const fallback = digest ?? digestOf(bytes);
  return {
    inventory: assembleInventory(claim, fallback),
    ...(about !== undefined && { name: about }),
    format: claim.format,
  };
}

function parseDocument(bytes: Uint8Array): JsonObject {
  const value = parseBoundedJson(bytes);
  if (isJsonObject(value)) return value;
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString();
  if (/^\s*(?:<\?xml|<bom|SPDXVersion:)/.test(head))
    throw sbomErrors.unsupported(`the document is XML or tag-value text; ${READ}`);
  throw sbomErrors.invalid('the document is no JSON object; it may be cut');
}

function readClaim(document: JsonObject): DocumentClaim {
  const { spdxVersion, bomFormat, specVersion, artifacts, descriptor, schema } = document;
  if (spdxVersion !== undefined) {
    if (spdxVersion === 'SPDX-2.2' || spdxVersion === 'SPDX-2.3') return readSpdx(document);
    throw sbomErrors.unsupported(`the document is ${clip(spdxVersion)}; ${READ}`);
  }
  if (bomFormat === 'CycloneDX') {
    if (specVersion === '1.4' || specVersion === '1.5' || specVersion === '1.6')
      return readCyclonedx(document);
    throw sbomErrors.unsupported(`the document is CycloneDX ${clip(specVersion)}; ${READ}`);
  }
  if (artifacts !== undefined && (isJsonObject(descriptor) || isJsonObject(schema)))
    return readSyft(document);
  if (document['@context'] !== undefined && document['@graph'] !== undefined)
    throw sbomErrors.unsupported(`the document is linked data, as SPDX 3 is; ${READ}`);
  throw sbomErrors.invalid(`the document says of no kind of SBOM that it is one; ${READ}`);
}

function clip(value: unknown): string {
  return String(JSON.stringify(value) ?? 'without a version').slice(0, 60);
}
