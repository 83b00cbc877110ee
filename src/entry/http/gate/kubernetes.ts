// The doors of Kubernetes: a validating webhook that lets workloads in or not, and a mutating one that writes digests in
// place of tags and decides nothing. What an update leaves as it was is not judged again, since else nobody could end,
// label or scale what runs already; the pods that come of it are judged when they are made.
import { explainDenial } from '../../../engines/gate/explain.ts';
import type { Gate, GateDecision, GateSubject } from '../../../engines/gate/gate.ts';
import type {
  AdmissionAnswer,
  AdmissionRequest,
  PatchStep,
} from '../../../formats/kubernetes/admission-review.ts';
import { readWorkload, type Workload, type WorkloadImage } from '../../../formats/kubernetes/workload.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { limits } from '../../../kit/limits.ts';

export interface ValidAnswer {
  readonly answer: AdmissionAnswer;
  /** Absent where nothing was to be judged. */
  readonly decision?: GateDecision;
}

export async function validate(
  gate: Gate,
  request: AdmissionRequest,
  signal: AbortSignal,
): Promise<ValidAnswer> {
  const { uid } = request;
  const read = readSubject(request);
  if (read.kind === 'nothing') return { answer: { uid, isAllowed: true } };
  if (read.kind === 'unreadable') return { answer: { uid, isAllowed: false, message: read.message } };
  const decision = await gate.judge(read.subject, signal);
  const { isAllowed, images } = decision;
  return {
    decision,
    answer: {
      uid,
      isAllowed,
      ...(isAllowed ? {} : { message: explainDenial(decision) }),
      warnings: [...new Set(images.flatMap(({ warnings }) => warnings))],
      auditAnnotations: describe(decision),
    },
  };
}

/** Never denies what it can read. */
export async function mutate(
  gate: Gate,
  request: AdmissionRequest,
  signal: AbortSignal,
): Promise<AdmissionAnswer> {
  const { uid } = request;
  const read = readSubject(request);
  if (read.kind === 'nothing') return { uid, isAllowed: true };
  if (read.kind === 'unreadable') return { uid, isAllowed: false, message: read.message };
  const pinned = await gate.pin(read.subject, signal);
  const patch = read.subject.images.flatMap(({ image, pointer }): readonly PatchStep[] => {
    const value = pinned.get(image);
    return value === undefined ? [] : [{ op: 'replace', path: pointer, value }];
  });
  return { uid, isAllowed: true, ...(patch.length === 0 ? {} : { patch }) };
}

type Read =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unreadable'; readonly message: string }
  | {
      readonly kind: 'subject';
      readonly subject: Omit<GateSubject, 'images'> & { readonly images: readonly WorkloadImage[] };
    };

function readSubject(request: AdmissionRequest): Read {
  const { operation, kind, object, oldObject, namespace, name, user } = request;
  if (operation !== 'CREATE' && operation !== 'UPDATE') return { kind: 'nothing' };
  try {
    if (object === undefined)
      return { kind: 'unreadable', message: `The ${operation} of a ${kind} came without its object.` };
    const workload = readWorkload(object, kind);
    const old = operation === 'UPDATE' && oldObject ? readWorkload(oldObject, kind) : undefined;
    // By what is kept: whoever writes the update could say of itself that it is ending.
    if (old?.isEnding === true) return { kind: 'nothing' };
    const images = operation === 'UPDATE' ? newImages(workload, old) : workload.images;
    if (images.length === 0) return { kind: 'nothing' };
    return {
      kind: 'subject',
      subject: {
        namespace: namespace === '' ? workload.namespace : namespace,
        name: name === '' ? workload.name : name,
        user,
        annotations: workload.annotations,
        images,
      },
    };
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return { kind: 'unreadable', message: `${cause.message}. ${cause.hint}` };
  }
}

/** What stood in the same place before stays. */
function newImages({ images }: Workload, old: Workload | undefined): readonly WorkloadImage[] {
  const before = new Set(old?.images.map(({ place, image }) => `${place} ${image}`));
  return images.filter(({ place, image }) => !before.has(`${place} ${image}`));
}

/** For the API server's audit log. */
function describe({ images, isAllowed }: GateDecision): Readonly<Record<string, string>> {
  const told = images.map(({ image, because, rule, digest }) => ({ image, because, rule, digest }));
  const broken = images
    .filter(({ because }) => because === 'break-glass')
    .flatMap(({ warnings }) => warnings);
  return {
    decision: isAllowed ? 'allowed' : 'denied',
    images: JSON.stringify(told).slice(0, limits.gateMessageChars),
    ...(broken.length === 0 ? {} : { 'break-glass': broken.join(' | ').slice(0, limits.gateMessageChars) }),
  };
}
