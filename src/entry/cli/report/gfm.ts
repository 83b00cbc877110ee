// GitHub-flavoured Markdown, as GitHub, GitLab and Forgejo show it. Whatever comes from an image is escaped: a
// package cannot write links, HTML or mentions into a comment. No picture comes from another host.
import { printable } from '../printable.ts';

/** Collapsed, with a line that says what is inside. */
export function details(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

/** A link where there is an address that is one, else the text. */
export function link(text: string, url: string | undefined): string {
  const isSafe = url !== undefined && /^https?:\/\/[^\s<>()[\]]+$/.test(url);
  return isSafe ? `[${escapeText(text)}](${encodeURI(url)})` : escapeText(text);
}

/** Head and rows; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text of an image as text: no link, no HTML, no mention, one line. */
export function escapeText(text: string): string {
  return printable(text.replace(/\s+/g, ' '))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~@]/g, '\\$&');
}

/** Set as code by a tag: the content of a backtick span cannot be escaped. */
export function code(text: string): string {
  return `<code>${escapeText(text)}</code>`;
}
