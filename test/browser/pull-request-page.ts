// A comment as a pull request shows it: GitHub-flavoured Markdown to HTML, what GitHub links by itself, GitHub's
// own stylesheet. Steps after "GitHub Flavored Markdown" 6.9 (autolinks) and html-pipeline 2.14 (mentions), both by
// GitHub. It cleans nothing: the test asserts that there is nothing to clean.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import markdownIt from 'markdown-it';

/** Elements that html-pipeline's SanitizationFilter keeps (lib/html/pipeline/sanitization_filter.rb, 2.14). */
export const keptElements: ReadonlySet<string> = new Set(
  (
    'h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p ol ul table thead tbody tfoot ' +
    'blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary details caption figure ' +
    'figcaption abbr bdo cite dfn mark small span time wbr'
  ).split(' '),
);

/** What GitHub makes a link of by itself, in the text of one element; the first group is what is linked. */
export const autolinks: Readonly<Record<string, RegExp>> = Object.freeze({
  address: /(?:^|[\s*_~(])((?:https?|ftp):\/\/[^\s<]+|www\.[^\s<]+\.[^\s<]+)/,
  mail: /([\w.+-]+@[\w-]+(?:\.[\w-]+)+)/,
  // Not in code, not in links: html-pipeline's MentionFilter.
  mention: /(?:^|\W)(@[a-z0-9][a-z0-9-]*(?:\/[a-z0-9._-]+)?)/i,
  issue: /(?:^|[^&\w])((?:[\w.-]+(?:\/[\w.-]+)?)?#\d+|GH-\d+)/i,
});

/** The whole page: the head of a comment and the comment, nothing that is loaded. */
export function formatPullRequestPage(markdown: string): string {
  const styles = fileURLToPath(import.meta.resolve('github-markdown-css/github-markdown.css'));
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Pull request</title>
<style>${readFileSync(styles, 'utf8')}${FRAME}</style></head>
<body><div class="comment"><div class="head"><b>ci</b> commented on this pull request</div>
<article class="markdown-body">${renderMarkdown(markdown)}</article></div></body></html>`;
}

function renderMarkdown(markdown: string): string {
  return markdownIt({ html: true }).render(markdown);
}

const FRAME = `
html { background: #fff }
body { font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; box-sizing: border-box; max-width: 900px; margin: 0 auto; padding: 16px }
.comment { border: 1px solid #d1d9e0; border-radius: 6px }
.comment .head { padding: 8px 16px; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0;
  background: #f6f8fa; color: #59636e; font-size: 14px }
.comment article { padding: 16px; font-size: 14px; border-radius: 6px }
@media (prefers-color-scheme: dark) {
  html { background: #0d1117 }
  .comment, .comment .head { border-color: #3d444d }
  .comment .head { background: #151b23; color: #9198a1 }
}`;
