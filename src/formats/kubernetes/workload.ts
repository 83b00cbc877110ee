// Which images an object of Kubernetes runs, and where in it each is written (k8s.io/api core/v1, apps/v1, batch/v1;
// pointers are RFC 6901). Everything that makes containers out of an image counts: init and ephemeral containers, and
// volumes of an image. A kind that is not listed here is refused, never passed over.
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { kubernetesErrors } from './errors.ts';

export interface Workload {
  readonly kind: string;
  /** Of a pod without a name yet: the beginning that its name will have. */
  readonly name: string;
  /** Empty where the object does not say. */
  readonly namespace: string;
  /** The object's own, and those that its pods will have where it does not say the key itself. */
  readonly annotations: ReadonlyMap<string, string>;
  /** In the order of the object. */
  readonly images: readonly WorkloadImage[];
  /** It is being deleted, and only waits for its finalizers. */
  readonly isEnding: boolean;
}

export interface WorkloadImage {
  /** As it is written, not looked at. Empty where it says none. */
  readonly image: string;
  /** For people: `container app`, `init container setup`, `volume model`. */
  readonly place: string;
  /** RFC 6901: where the image's text stands. */
  readonly pointer: string;
}

/** Where each kind has its pod: the path to what has a `spec` with containers. */
const PODS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  Pod: [],
  PodTemplate: ['template'],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
});

/** In the order of the reference. */
export const workloadKinds: readonly string[] = Object.freeze(Object.keys(PODS));

const LISTS = [
  ['containers', 'container'],
  ['initContainers', 'init container'],
  ['ephemeralContainers', 'ephemeral container'],
] as const;

/** `kubernetes.workload_invalid`: another kind, or containers that are not a list of objects. */
export function readWorkload(object: JsonObject, kind = text(object.kind)): Workload {
  const path = Object.hasOwn(PODS, kind) ? PODS[kind] : undefined;
  if (path === undefined)
    throw kubernetesErrors.workload_invalid(
      `${kind === '' ? 'an object without a kind' : `the kind ${JSON.stringify(kind.slice(0, 60))}`} is not one whose images are known; ${workloadKinds.join(', ')} are`,
    );
  const pod = path.reduce<Json | undefined>((inner, step) => member(inner, step), object);
  const spec = member(pod, 'spec');
  const base = [...path, 'spec'];
  // A ReplicationController may have no template, and then starts nothing.
  if (spec === undefined && kind === 'ReplicationController') return assemble(object, pod, kind, []);
  if (!isJsonObject(spec)) throw kubernetesErrors.workload_invalid(`${at(base)} is missing or no object`);
  const images = [
    ...LISTS.flatMap(([list, word]) => readContainers(spec, [...base, list], list, word)),
    ...readVolumes(spec, [...base, 'volumes']),
  ];
  if (images.length > limits.gateImages)
    throw kubernetesErrors.workload_invalid(
      `it has ${images.length} images; at most ${limits.gateImages} are judged`,
    );
  return assemble(object, pod, kind, images);
}

function assemble(
  object: JsonObject,
  pod: Json | undefined,
  kind: string,
  images: readonly WorkloadImage[],
): Workload {
  const { metadata } = object;
  const name = text(member(metadata, 'name')) || text(member(metadata, 'generateName'));
  return {
    kind,
    name,
    namespace: text(member(metadata, 'namespace')),
    annotations: new Map([...readTexts(member(pod, 'metadata')), ...readTexts(metadata)]),
    images,
    isEnding: text(member(metadata, 'deletionTimestamp')) !== '',
  };
}

function readContainers(
  spec: JsonObject,
  path: readonly string[],
  list: string,
  word: string,
): readonly WorkloadImage[] {
  return readList(spec[list], path).map((container, position) => ({
    image: readImage(container.image, [...path, `${position}`, 'image']),
    place: `${word} ${text(container.name) || position}`,
    pointer: at([...path, `${position}`, 'image']),
  }));
}

/** Images that are mounted (core/v1 ImageVolumeSource): their files are run all the same. */
function readVolumes(spec: JsonObject, path: readonly string[]): readonly WorkloadImage[] {
  return readList(spec.volumes, path).flatMap((volume, position) => {
    const { image } = volume;
    if (image === undefined || image === null) return [];
    const own = [...path, `${position}`, 'image'];
    if (!isJsonObject(image)) throw kubernetesErrors.workload_invalid(`${at(own)} is no object`);
    const pointer = [...own, 'reference'];
    const place = `volume ${text(volume.name) || position}`;
    return [{ image: readImage(image.reference, pointer), place, pointer: at(pointer) }];
  });
}

function readList(value: Json | undefined, path: readonly string[]): readonly JsonObject[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw kubernetesErrors.workload_invalid(`${at(path)} is no list`);
  return value.map((item: Json, position) => {
    if (isJsonObject(item)) return item;
    throw kubernetesErrors.workload_invalid(`${at([...path, `${position}`])} is no object`);
  });
}

function readImage(value: Json | undefined, path: readonly string[]): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string' && value.length <= limits.uriChars) return value;
  throw kubernetesErrors.workload_invalid(`${at(path)} is no text of at most ${limits.uriChars} characters`);
}

function readTexts(metadata: Json | undefined): readonly (readonly [string, string])[] {
  const annotations = member(metadata, 'annotations');
  if (!isJsonObject(annotations)) return [];
  return Object.entries(annotations).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
}

function member(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** None of our names has a character that RFC 6901 escapes. */
function at(path: readonly string[]): string {
  return `/${path.join('/')}`;
}
