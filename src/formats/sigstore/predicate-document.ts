// A document that somebody wants signed as a predicate: whether it is the kind that its type says, as far as a mistake
// of files would show. What it says is the signer's word; no schema is enforced here.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { sigstoreErrors } from './errors.ts';
import { predicateTypes } from './predicate.ts';

/** The predicate; `sigstore.predicate_invalid`. At most `limits.statementBytes`. */
export function parsePredicate(bytes: Uint8Array, predicateType: string): JsonObject {
  const refuse = sigstoreErrors.predicate_invalid;
  if (bytes.byteLength > limits.statementBytes)
    throw refuse(`the predicate is larger than ${limits.statementBytes} bytes`);
  const document = parseJson(decodeUtf8(bytes) ?? '');
  if (!isJsonObject(document)) throw refuse('the predicate is not a JSON object');
  if ('predicateType' in document && 'subject' in document)
    throw refuse('this is a whole in-toto statement: give what stands in it as `predicate`');
  if ('payload' in document && 'signatures' in document)
    throw refuse('this is a signed envelope: give the predicate that is to be signed');
  const fault = Object.hasOwn(CHECKS, predicateType) ? CHECKS[predicateType]?.(document) : undefined;
  if (fault !== undefined) throw refuse(`this is no predicate of ${predicateType}: ${fault}`);
  return document;
}

/** What is wrong with it; undefined where nothing is. */
type Check = (document: JsonObject) => string | undefined;

const CHECKS: Readonly<Record<string, Check>> = {
  [predicateTypes.slsaprovenance1]: (document) => needObjects(document, 'buildDefinition', 'runDetails'),
  [predicateTypes.slsaprovenance]: (document) =>
    needObjects(document, 'builder') ?? needText(document, 'buildType'),
  [predicateTypes.spdx]: ({ spdxVersion, '@graph': graph }) =>
    (typeof spdxVersion === 'string' && spdxVersion.startsWith('SPDX-')) || Array.isArray(graph)
      ? undefined
      : 'it has neither spdxVersion (SPDX 2) nor @graph (SPDX 3)',
  [predicateTypes.cyclonedx]: ({ bomFormat }) =>
    bomFormat === 'CycloneDX' ? undefined : 'bomFormat is not CycloneDX',
  [predicateTypes.openvex]: ({ '@context': namespace, statements }) =>
    typeof namespace === 'string' && namespace.startsWith(predicateTypes.openvex) && Array.isArray(statements)
      ? undefined
      : 'it has no @context of OpenVEX, or no statements',
  [predicateTypes.vuln]: (document) => needObjects(document, 'scanner', 'metadata'),
};

function needObjects(document: JsonObject, ...names: readonly string[]): string | undefined {
  const missing = names.find((name) => !isJsonObject(document[name]));
  return missing === undefined ? undefined : `${missing} is missing`;
}

function needText(document: JsonObject, name: string): string | undefined {
  return typeof document[name] === 'string' ? undefined : `${name} is missing`;
}

/** cosign's own type for anything: the document as text, with the time at which it was signed. */
export function customPredicate(bytes: Uint8Array, nowMs: number): JsonObject {
  const text = bytes.byteLength > limits.statementBytes / 2 ? undefined : decodeUtf8(bytes);
  if (text === undefined)
    throw sigstoreErrors.predicate_invalid(
      `a document of the type custom is text in UTF-8 of at most ${limits.statementBytes / 2} bytes`,
    );
  return { Data: text, Timestamp: new Date(nowMs).toISOString().replace(/\.\d{3}Z$/, 'Z') };
}
