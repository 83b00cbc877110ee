// Codes of the registry. entry/http/v2 maps them to the distribution specification's error codes.
import { defineErrors } from '../../kit/error.ts';

export const registryErrors = defineErrors('registry', {
  name_unknown: {
    kind: 'missing',
    meaning: 'There is no repository of this name.',
    hint: 'Check the spelling; a repository exists from its first push on.',
  },
  blob_unknown: {
    kind: 'missing',
    meaning: 'The repository does not hold this blob.',
    hint: 'Push the image again; clients send blobs that are missing.',
  },
  manifest_unknown: {
    kind: 'missing',
    meaning: 'The repository has no such tag or manifest.',
    hint: 'List the tags of the repository, or push the image.',
  },
  trash_unknown: {
    kind: 'missing',
    meaning: 'Nothing of this name was deleted, or its time to be undeleted is over.',
    hint: 'List what can be undeleted; `registry.grace` says how long it is kept.',
  },
  retention_invalid: {
    kind: 'invalid',
    meaning: 'A rule of what to keep says nothing that it could keep, or fits no repository.',
    hint: 'Name repositories as team/** and give keepLast, keepDays, pulledWithin or keepMatching.',
  },
  retention_missing: {
    kind: 'missing',
    meaning: 'The repository has no rule of retention, of its own or of the instance, and keeps everything.',
    hint: 'Set one with `plimsoll retention set`, or preview one by its flags.',
  },
  manifest_invalid: {
    kind: 'invalid',
    meaning: 'A pushed manifest is not valid for its media type.',
    hint: 'Push with a current client; the message names the member that is wrong.',
  },
  manifest_unsupported: {
    kind: 'invalid',
    meaning: 'A pushed manifest has a media type that is not an OCI or Docker schema 2 image or index.',
    hint: 'Convert the image; Docker schema 1 has been retired.',
  },
  manifest_blob_unknown: {
    kind: 'invalid',
    meaning: 'A pushed manifest names a blob that the repository does not hold.',
    hint: 'Push config and layers before the manifest; clients do so by themselves.',
  },
  subject_unknown: {
    kind: 'missing',
    meaning: 'A statement was to be hung on a manifest that its repository does not have.',
    hint: 'Push the image first; the statement follows by itself.',
  },
  attachment_invalid: {
    kind: 'bug',
    meaning: 'What the product was to hang on an image by itself is no statement about one.',
    hint: 'Report it with the log; nothing was written.',
  },
  manifest_too_large: {
    kind: 'limited',
    meaning: 'A pushed manifest is larger than the limit.',
    hint: 'Move large contents into blobs; the limits page has the number and its reason.',
  },
  tag_immutable: {
    kind: 'conflict',
    meaning: 'The tag is of a kind that stays what it is in its repository, by default a release version.',
    hint: 'Push under another tag; or change the rule with `plimsoll repository set`, or delete the tag with a reason with `plimsoll repository untag`.',
  },
  tag_pattern_invalid: {
    kind: 'invalid',
    meaning: 'A pattern of tags that cannot move cannot be read, or there are too many.',
    hint: 'Write a tag in which `*` is any text, `?` one character and `#` a number, as `v#.#.#`.',
  },
  hold_unknown: {
    kind: 'missing',
    meaning: 'No such push waits: it was confirmed, dropped, or another push took its place.',
    hint: 'List what waits with `plimsoll repository held`, and look at its digest again.',
  },
  leaf_unknown: {
    kind: 'missing',
    meaning: 'The tag log has no leaf of this number.',
    hint: 'Leaves count from 0; `GET /api/v1/tag-log` says how many there are.',
  },
  tag_log_damaged: {
    kind: 'unavailable',
    meaning: 'The head of the tag log does not fit its size: no tag can move until it is mended.',
    hint: 'Restore the database from a backup; docs/guide/tags.md says what clients then see.',
  },
  log_forked: {
    kind: 'untrusted',
    meaning:
      'A tag log is not the continuation of what this client saw of it before, or not what it is signed for.',
    hint: 'Trust no tag of this server for now; ask its operator whether a backup was restored, and keep the file that the guide names: two signed checkpoints that contradict each other are proof.',
  },
  log_entry_unproven: {
    kind: 'untrusted',
    meaning: 'A move of a tag that the server shows is not in its tag log.',
    hint: 'Trust nothing that the server says of this tag, and ask its operator.',
  },
  tag_not_logged: {
    kind: 'untrusted',
    meaning: 'A server serves another image for a tag than its history says.',
    hint: 'Do not pull by this tag; ask the server’s operator, and pull by a digest that you know.',
  },
  log_move_hidden: {
    kind: 'untrusted',
    meaning: 'The tag log has moves of a tag that the server did not show.',
    hint: 'Read the log itself below /tlog, and ask the server’s operator.',
  },
  sentinel_weaker: {
    kind: 'denied',
    meaning: 'A repository’s tags would be judged less strictly than the server is set to.',
    hint: 'Ask an administrator; making it stricter needs none.',
  },
  sentinel_rule_unknown: {
    kind: 'invalid',
    meaning: 'A rule that is to be switched off is none of the sentinel’s, or no reason is given.',
    hint: 'The guide on tags lists the rules; say in a sentence why this one is no use here.',
  },
  upload_unknown: {
    kind: 'missing',
    meaning: 'The repository has no such upload: it ended, was cancelled, or timed out.',
    hint: 'Start the upload again; clients do so by themselves.',
  },
  upload_busy: {
    kind: 'conflict',
    meaning: 'Another request is writing to this upload.',
    hint: 'Send one chunk of an upload at a time.',
  },
  range_invalid: {
    kind: 'conflict',
    meaning: 'A chunk does not begin where the last one ended.',
    hint: 'Ask for the upload’s status and go on from there.',
  },
  size_invalid: {
    kind: 'invalid',
    meaning: 'A chunk has more or fewer bytes than it was announced with.',
    hint: 'Ask for the upload’s status and go on from there.',
  },
  digest_invalid: {
    kind: 'invalid',
    meaning: 'The bytes that were sent do not have the digest that was named.',
    hint: 'Push again; if it repeats, the local copy or the connection is damaged.',
  },
  blob_too_large: {
    kind: 'limited',
    meaning: 'A blob is larger than the limit.',
    hint: 'Split the layer; the limits page has the number and its reason.',
  },
  quota_exceeded: {
    kind: 'denied',
    meaning: 'A push would make its namespace hold more bytes than its quota.',
    hint: 'Delete images that are not needed; their bytes go with the next collection. Or ask an administrator.',
  },
  storage_full: {
    kind: 'limited',
    meaning: 'The disk is so full that what is left is kept for the server itself; nothing can be pushed.',
    hint: 'Make room: delete images and run `plimsoll storage collect`, or enlarge the disk; `storage.reserve` says how much is kept.',
  },
  mirror_failed: {
    kind: 'unavailable',
    meaning: 'No mirror could give the bytes of a damaged blob; they are asked again later.',
    hint: 'The message has what each mirror said; look at `storage.repair_from`, the login for the mirror, and its network.',
  },
  mirror_wrong: {
    kind: 'untrusted',
    meaning: 'A mirror gave other bytes than those that the digest names: they were dropped.',
    hint: 'Ask who runs the mirror: its disk is damaged, or it was tampered with.',
  },
  damaged: {
    kind: 'unavailable',
    meaning: 'Stored bytes are lost or no longer have their digest: they are not served.',
    hint: 'Push the image again, which repairs it, and check the disk.',
  },
});
