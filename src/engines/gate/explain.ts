// A decision in words: what is wrong with which image, and what mends it. Short enough for a terminal; the same words
// for every door.
import type { GateDecision, ImageDecision } from './gate.ts';

/** Reasons that a person reads of one image; the rest are counted. */
const REASONS = 5;

/** Of all images that are denied, a paragraph each; empty where none is. */
export function explainDenial({ images }: GateDecision): string {
  const seen = new Set<string>();
  return images
    .filter(({ isAllowed, image }) => !isAllowed && !seen.has(image) && seen.add(image))
    .map(explainImage)
    .join(' | ');
}

/** In one line, for answers that have no other. */
export function explainImage({ place, image, reasons }: ImageDecision): string {
  const told = reasons.slice(0, REASONS).map(({ sentence }) => endSentence(sentence));
  const rest = reasons.length - told.length;
  const fixes = [
    ...new Set(reasons.flatMap(({ fix }) => (fix === undefined ? [] : [endSentence(fix)]))),
  ].slice(0, 3);
  return [
    `${place === '' ? '' : `${place}: `}${image === '' ? 'an image' : image} is denied:`,
    ...told,
    ...(rest > 0 ? [`${rest} more reasons.`] : []),
    ...(fixes.length === 0 ? [] : [`Fix: ${fixes.join(' ')}`]),
  ].join(' ');
}

function endSentence(text: string): string {
  return /[.:]$/.test(text) ? text : `${text}.`;
}
