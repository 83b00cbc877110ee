// JSON of a foreign document, refused where it is nested deeper than any SBOM before a parser builds it: a
// document of brackets alone costs a parser a quarter of a minute and a gigabyte.
import { decodeUtf8 } from '../../../kit/bytes.ts';
import { type Json, parseJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { sbomErrors } from '../errors.ts';

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [
  0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d,
] as const;

/** The value, undefined where the bytes are no JSON in UTF-8; `sbom.invalid` where it is too deep. */
export function parseBoundedJson(bytes: Uint8Array): Json | undefined {
  checkDepth(bytes);
  const text = decodeUtf8(bytes);
  return text === undefined ? undefined : parseJson(text.replace(/^\uFEFF/, ''));
}

function checkDepth(bytes: Uint8Array): void {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) isText = !isText;
    else if (isText) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1;
    if (depth > limits.sbomJsonDepth)
      throw sbomErrors.invalid(`the document is nested over ${limits.sbomJsonDepth} deep`);
  }
}
