// What a Plimsoll instance knows of layers: images of which all layers are the lowest of those asked about
// (`GET /api/v1/images/by-layers`). What it answers is a claim of that instance; every name in it is checked.
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import { collectBytes, decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type Json, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { endBody } from '../net/fetch.ts';
import type { Http } from '../net/http.ts';
import { imageErrors } from './errors.ts';

export interface InstanceImage {
  readonly digest: Digest;
  readonly indexDigests: readonly Digest[];
  readonly layers: number;
  readonly references: readonly string[];
}

/** As many as one request of the API takes. */
const LAYERS = 160;

/** Asks the instance; `images.registry_failed` for an answer that is none, and the `net.*` codes. */
export async function askInstance(
  http: Http,
  instance: string,
  diffIds: readonly Digest[],
  signal?: AbortSignal,
): Promise<readonly InstanceImage[]> {
  if (diffIds.length === 0) return [];
  const url = new URL('/api/v1/images/by-layers', instance);
  for (const diffId of diffIds.slice(0, LAYERS)) url.searchParams.append('diff_id', diffId);
  const answer = await http.requestWithRetry({
    url,
    limitBytes: limits.registryAnswerBytes,
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.status !== 200) {
    endBody(answer.body);
    throw imageErrors.registry_failed(
      `${url.origin} answered ${answer.status} to what it knows of these layers`,
    );
  }
  const bytes = await collectBytes(answer.body, limits.registryAnswerBytes, imageErrors.damaged);
  const value = parseJson(decodeUtf8(bytes) ?? '');
  const images = isJsonObject(value) ? value.images : undefined;
  if (!Array.isArray(images))
    throw imageErrors.registry_failed(`${url.origin} is not a Plimsoll instance, or one of another version`);
  return (images as readonly Json[]).flatMap(readImage);
}

function readImage(value: Json): readonly InstanceImage[] {
  if (!isJsonObject(value) || !isDigest(value.digest)) return [];
  const { digest, layers, indexDigests, references } = value;
  if (typeof layers !== 'number' || !Number.isSafeInteger(layers) || layers < 1) return [];
  return [
    {
      digest,
      layers,
      indexDigests: Array.isArray(indexDigests) ? indexDigests.filter(isDigest) : [],
      references: Array.isArray(references)
        ? references.filter((one): one is string => typeof one === 'string')
        : [],
    },
  ];
}
