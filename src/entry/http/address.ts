// Where a request came from. Behind a trusted proxy it is what that proxy wrote last into X-Forwarded-For: what stands
// before it the client may have written itself.

export function addressOf(
  remote: string | undefined,
  forwarded: string | string[] | undefined | null,
  isProxyTrusted: boolean,
): string {
  const text = Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? '');
  const last = isProxyTrusted ? text.split(',').at(-1)?.trim() : undefined;
  return (last === undefined || last === '' ? remote : last.slice(0, 64)) ?? '';
}
