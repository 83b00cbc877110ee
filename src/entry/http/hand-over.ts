// Handing a blob over to the server in front: the answer names the file in a header and has no body, the front server
// sends the file in its place (nginx: X-Accel-Redirect; Apache and lighttpd: X-Sendfile). Rights are decided here
// as ever. A request that did not come through the proxy, which always writes X-Forwarded-For, gets the bytes from here.
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Digest } from '../../formats/oci/digest.ts';
import { blobName } from '../../io/blobs/blob-path.ts';

/** The header that names the file, or undefined where there is nobody in front to send it. */
export type HandOver = (request: IncomingMessage, digest: Digest) => OutgoingHttpHeaders | undefined;

/** `prefix` is what the front server knows the folder of blobs as, with a slash at its end. */
export function createHandOver(header: 'X-Accel-Redirect' | 'X-Sendfile', prefix: string): HandOver {
  return ({ headers }, digest) =>
    headers['x-forwarded-for'] === undefined ? undefined : { [header]: `${prefix}${blobName(digest)}` };
}
