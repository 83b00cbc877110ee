// What an SBOM may be wrapped in: a Sigstore bundle, a DSSE envelope (github.com/secure-systems-lab/dsse), an
// in-toto statement (github.com/in-toto/attestation). Signatures are not looked at: whoever needs them checked
// asks for the attestations of an image.
import { type Digest, isDigest } from '../../../formats/oci/digest.ts';
import { isJsonObject, type JsonObject } from '../../../kit/json.ts';
import { sbomErrors } from '../errors.ts';
import { parseBoundedJson } from './bounded-json.ts';
import { objectOf, objectsOf, textOf } from './member.ts';

export interface Unwrapped {
  readonly document: JsonObject;
  /** Of what an in-toto statement is about. */
  readonly digest?: Digest;
  readonly name?: string;
}

/** A bundle holds an envelope, which holds a statement, which holds the document. */
const WRAPPINGS = 4;
/** With or without a version behind them. */
const PREDICATES = ['https://spdx.dev/Document', 'https://cyclonedx.org/bom'];

/** The document itself; `sbom.invalid` and `sbom.unsupported` for wrappings around something else. */
export function unwrap(outer: JsonObject): Unwrapped {
  let unwrapped: Unwrapped = { document: outer };
  for (let depth = 0; depth < WRAPPINGS; depth++) {
    const { document } = unwrapped;
    if (isJsonObject(document.dsseEnvelope)) unwrapped = { ...unwrapped, document: document.dsseEnvelope };
    else if (typeof document.payloadType === 'string')
      unwrapped = { ...unwrapped, document: openEnvelope(document) };
    else if (typeof document.predicateType === 'string')
      unwrapped = { ...subjectOf(document), document: openStatement(document) };
    else return unwrapped;
  }
  throw sbomErrors.invalid(`the document is wrapped more than ${WRAPPINGS} times`);
}

function openEnvelope({ payload, payloadType }: JsonObject): JsonObject {
  if (payloadType !== 'application/vnd.in-toto+json')
    throw sbomErrors.unsupported(
      `the envelope holds ${String(payloadType).slice(0, 100)}, not an in-toto statement`,
    );
  const statement =
    typeof payload === 'string' ? parseBoundedJson(Buffer.from(payload, 'base64')) : undefined;
  if (!isJsonObject(statement))
    throw sbomErrors.invalid('the payload of the envelope is no JSON object in base64; it may be cut');
  return statement;
}

function openStatement({ predicate, predicateType }: JsonObject): JsonObject {
  const type = String(predicateType);
  if (!PREDICATES.some((known) => type === known || type.startsWith(`${known}/`)))
    throw sbomErrors.unsupported(
      `the statement has the predicate ${type.slice(0, 100)}, which is no SBOM; ${PREDICATES.join(' and ')} are`,
    );
  // Some writers keep the document as a text.
  const document = typeof predicate === 'string' ? parseBoundedJson(Buffer.from(predicate)) : predicate;
  if (!isJsonObject(document)) throw sbomErrors.invalid('the predicate of the statement is no JSON object');
  return document;
}

/** The first subject that has a digest. */
function subjectOf({ subject }: JsonObject): Omit<Unwrapped, 'document'> {
  for (const one of objectsOf(subject)) {
    const digest = `sha256:${textOf(objectOf(one.digest).sha256) ?? ''}`;
    const name = textOf(one.name);
    if (isDigest(digest)) return { digest, ...(name !== undefined && { name }) };
  }
  return {};
}
