// Hash algorithms as protobuf-specs names them (sigstore_common.proto HashAlgorithm); SHA-2 alone.
import type { FieldReader } from './field.ts';

export type HashName = 'sha256' | 'sha384' | 'sha512';

/** The reader's own error for any other name. */
export function readHashName(reader: FieldReader, member: string): HashName {
  switch (reader.text(member, 40)) {
    case 'SHA2_256':
      return 'sha256';
    case 'SHA2_384':
      return 'sha384';
    case 'SHA2_512':
      return 'sha512';
    default:
      throw reader.fail(member, 'is not SHA2_256, SHA2_384 or SHA2_512');
  }
}
