// A guess at how many of an image's layers are its base's, from its history alone: bases end with CMD or ENTRYPOINT,
// so the last such step before the image's own last layer is taken for the base's end. (Trivy guesses alike,
// pkg/fanal/image.) An image with two such steps of its own, or a base with none, leads it astray.
import type { HistoryEntry } from '../../formats/oci/config.ts';

/** How many layers; undefined where the history shows none, or does not go with the number of layers. */
export function guessBaseLayers(history: readonly HistoryEntry[], layers: number): number | undefined {
  if (history.filter((step) => !step.emptyLayer).length !== layers) return undefined;
  const last = history.findLastIndex((step) => !step.emptyLayer);
  const end = history.findLastIndex((step, at) => at < last && step.emptyLayer && isLastWord(step));
  const count = history.slice(0, end + 1).filter((step) => !step.emptyLayer).length;
  return count === 0 ? undefined : count;
}

/** `CMD ["sh"]` as BuildKit writes it, `/bin/sh -c #(nop)  CMD ["sh"]` as docker's older builder and buildah do. */
function isLastWord({ createdBy = '' }: HistoryEntry): boolean {
  return /^(?:\/bin\/sh -c #\(nop\)\s*)?(?:CMD|ENTRYPOINT)\b/.test(createdBy);
}
