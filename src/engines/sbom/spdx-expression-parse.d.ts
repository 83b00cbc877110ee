// The package has no types of its own.
declare module 'spdx-expression-parse' {
  export interface SpdxLicense {
    readonly license: string;
    readonly plus?: true;
    readonly exception?: string;
  }
  export interface SpdxConjunction {
    readonly left: SpdxExpression;
    readonly conjunction: 'and' | 'or';
    readonly right: SpdxExpression;
  }
  export type SpdxExpression = SpdxLicense | SpdxConjunction;
  /** Throws where the text is no SPDX licence expression. */
  export default function parse(text: string): SpdxExpression;
}
