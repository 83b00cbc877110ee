// The forms in which a key's file is written.

/** `pkcs8` is what openssl reads; `cosign` is for those who sign with both. */
export type KeyForm = 'pkcs8' | 'cosign';
