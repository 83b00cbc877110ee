// AdmissionReview, as the API server asks a webhook and is answered (k8s.io/api admission/v1 types.go; Kubernetes,
// "Dynamic Admission Control"). An answer has the request's uid or it is refused; a patch is JSON Patch (RFC 6902) in
// base64 with its type beside it.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { kubernetesErrors } from './errors.ts';

const admissionVersion = 'admission.k8s.io/v1';

export interface AdmissionRequest {
  readonly uid: string;
  /** Of the object, as `Pod`. */
  readonly kind: string;
  readonly namespace: string;
  /** Empty where the API server makes it. */
  readonly name: string;
  /** As `ephemeralcontainers`; absent for the object itself. */
  readonly subresource?: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly user: { readonly name: string; readonly groups: readonly string[] };
  /** Absent of what is deleted. */
  readonly object?: JsonObject;
  /** What was there before an update. */
  readonly oldObject?: JsonObject;
  /** Nothing will be kept of it. */
  readonly isDryRun: boolean;
}

export interface AdmissionAnswer {
  readonly uid: string;
  readonly isAllowed: boolean;
  /** For whoever asked; shown where it is denied. */
  readonly message?: string;
  /** Shown by kubectl whatever the answer; each is cut at `limits.gateWarningChars`. */
  readonly warnings?: readonly string[];
  /** For the API server's audit log; keys without a prefix, the API server adds the webhook's name. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  readonly patch?: readonly PatchStep[];
}

/** RFC 6902. */
export interface PatchStep {
  readonly op: 'replace';
  readonly path: string;
  readonly value: string;
}

const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

/** `kubernetes.review_invalid`. At most `limits.admissionReviewBytes`. */
export function parseAdmissionReview(bytes: Uint8Array): AdmissionRequest {
  if (bytes.byteLength > limits.admissionReviewBytes)
    throw kubernetesErrors.review_invalid(`the review is larger than ${limits.admissionReviewBytes} bytes`);
  const review = parseJson(decodeUtf8(bytes) ?? '');
  if (!isJsonObject(review)) throw kubernetesErrors.review_invalid('the body is not a JSON object');
  if (review.kind !== 'AdmissionReview' || review.apiVersion !== admissionVersion)
    throw kubernetesErrors.review_invalid(
      `the body is ${show(review.apiVersion)} ${show(review.kind)}; it must be ${admissionVersion} AdmissionReview`,
    );
  const { request } = review;
  if (!isJsonObject(request)) throw kubernetesErrors.review_invalid('request is missing');
  const operation = OPERATIONS.find((one) => one === request.operation);
  const { uid } = request;
  if (typeof uid !== 'string' || uid === '' || uid.length > 256)
    throw kubernetesErrors.review_invalid('request.uid is missing, or no text of at most 256 characters');
  if (operation === undefined)
    throw kubernetesErrors.review_invalid(
      `request.operation is ${show(request.operation)}; it must be one of ${OPERATIONS.join(', ')}`,
    );
  const { userInfo, subResource } = request;
  const kind = isJsonObject(request.kind) ? text(request.kind.kind) : '';
  if (kind === '') throw kubernetesErrors.review_invalid('request.kind.kind is missing');
  return {
    uid,
    kind,
    namespace: text(request.namespace),
    name: text(request.name),
    ...(text(subResource) === '' ? {} : { subresource: text(subResource) }),
    operation,
    user: readUser(userInfo),
    ...(isJsonObject(request.object) ? { object: request.object } : {}),
    ...(isJsonObject(request.oldObject) ? { oldObject: request.oldObject } : {}),
    isDryRun: request.dryRun === true,
  };
}

/** The body of the answer, UTF-8 JSON. */
export function formatAdmissionReview(answer: AdmissionAnswer): string {
  const { uid, isAllowed, message, warnings = [], auditAnnotations = {}, patch = [] } = answer;
  return JSON.stringify({
    apiVersion: admissionVersion,
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: isAllowed,
      ...(isAllowed || message === undefined
        ? {}
        : {
            status: {
              status: 'Failure',
              code: 403,
              reason: 'Forbidden',
              message: cut(message, limits.gateMessageChars),
            },
          }),
      ...(warnings.length === 0
        ? {}
        : {
            warnings: warnings
              .slice(0, limits.gateWarnings)
              .map((one) => cut(oneLine(one), limits.gateWarningChars)),
          }),
      ...(Object.keys(auditAnnotations).length === 0 ? {} : { auditAnnotations }),
      ...(patch.length === 0
        ? {}
        : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }),
    },
  });
}

function readUser(value: Json | undefined): AdmissionRequest['user'] {
  if (!isJsonObject(value)) return { name: '', groups: [] };
  const groups = Array.isArray(value.groups) ? value.groups : [];
  return {
    name: text(value.username),
    groups: groups.filter((one): one is string => typeof one === 'string'),
  };
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Kubernetes drops a warning with control characters. */
function oneLine(said: string): string {
  return said.replace(/\p{Cc}+/gu, ' ');
}

function cut(said: string, chars: number): string {
  const letters = Array.from(said);
  return letters.length <= chars ? said : `${letters.slice(0, chars - 1).join('')}…`;
}

function show(value: Json | undefined): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 80);
}
