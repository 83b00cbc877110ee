// Markdown cut to a number of bytes where the runner or a shell would refuse more. It ends at a blank line outside
// of any <details>, so that what remains is shown as it was meant; what is gone is said.

/** GitHub refuses a step's summary of more than 1 MiB as a whole; room is left for the sentence. */
export const SUMMARY_BYTES = 1024 * 1024 - 1024;
/** Linux takes 128 KiB in one environment variable, which is how outputs mostly go on. */
export const OUTPUT_BYTES = 120_000;
/** `plimsoll comment` reads 4 MiB, and cuts to what the forge takes by itself. */
export const BODY_BYTES = 4 * 1024 * 1024 - 1024;

/**
 * @param {string} markdown
 * @param {number} maxBytes
 * @returns {string} at most `maxBytes` bytes and one sentence
 */
export function boundMarkdown(markdown, maxBytes) {
  if (Buffer.byteLength(markdown) <= maxBytes) return markdown;
  let depth = 0;
  let bytes = 0;
  let at = 0;
  let end = 0;
  for (const line of markdown.split(/(?<=\n)/)) {
    bytes += Buffer.byteLength(line);
    if (bytes > maxBytes) break;
    at += line.length;
    depth += countOf(line, '<details') - countOf(line, '</details>');
    if (depth <= 0 && line.trim() === '') end = at;
  }
  return `${markdown.slice(0, end)}\nCut to ${maxBytes.toLocaleString('en')} bytes; the log has all of it.\n`;
}

/**
 * @param {string} line
 * @param {string} part
 */
function countOf(line, part) {
  return line.split(part).length - 1;
}
