// Tells the record of pulls what a client was shown. Plimsoll itself is left out, by what it says in User-Agent: a look
// into an image is no use of it. Nobody else is: scanners and mirrors cannot be told from those who run what they pull.
import type { Digest } from '../../../formats/oci/digest.ts';
import { manifestKind } from '../../../formats/oci/media-type.ts';
import type { Grant } from '../../../services/hub/access.ts';
import { networkOf } from '../../../services/hub/login-brake.ts';
import type { ManifestReference } from '../../../services/registry/manifests.ts';
import type { Pulls } from '../../../services/registry/pulls.ts';
import { addressOf } from '../address.ts';
import type { Exchange } from '../exchange.ts';

/** Synchronous, since every answer with a manifest passes here. */
export type PullNote = (
  exchange: Exchange,
  grant: Grant<'pull'>,
  reference: ManifestReference,
  shown: { readonly digest: Digest; readonly mediaType: string; readonly isSent: boolean },
) => void;

export function createPullNote(parts: {
  readonly pulls?: Pick<Pulls, 'note'>;
  readonly isProxyTrusted?: boolean;
}): PullNote {
  const { pulls, isProxyTrusted = false } = parts;
  if (pulls === undefined) return () => {};
  return ({ request }, { repository, account }, reference, { digest, mediaType, isSent }) => {
    const { headers, socket } = request;
    if (headers['user-agent']?.startsWith(OWN_AGENT) === true) return;
    pulls.note({
      repository,
      tag: 'tag' in reference ? reference.tag : undefined,
      digest,
      isIndex: manifestKind(mediaType) === 'index',
      isSent,
      puller:
        account ?? networkOf(addressOf(socket.remoteAddress, headers['x-forwarded-for'], isProxyTrusted)),
    });
  };
}

/** As `createClient` in src/app/client.ts has it. */
const OWN_AGENT = 'plimsoll/';
