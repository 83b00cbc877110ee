import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlimsollError } from '../../../kit/error.ts';
import { parseNextLink } from './link.ts';

const page = new URL('https://r.example/v2/a/tags/list?n=2');

test('relative, absolute, among others, and none', () => {
  const next = 'https://r.example/v2/a/tags/list?last=b&n=2';
  assert.equal(parseNextLink('</v2/a/tags/list?last=b&n=2>; rel="next"', page)?.href, next);
  assert.equal(parseNextLink(`<${next}>;rel=next`, page)?.href, next);
  assert.equal(parseNextLink(`</x>; rel="prev", <${next}>; rel="next"`, page)?.href, next);
  for (const header of [undefined, '', '</x>', '</x>; rel="prev"', '<', 'rel=next'])
    assert.equal(parseNextLink(header, page), undefined);
});

test('another origin is refused', () => {
  for (const target of ['https://evil.example/v2/', 'http://r.example/v2/', '//evil.example/', 'file:///x'])
    assert.throws(
      () => parseNextLink(`<${target}>; rel="next"`, page),
      (error: PlimsollError) => error.code === 'images.address_refused',
    );
});
