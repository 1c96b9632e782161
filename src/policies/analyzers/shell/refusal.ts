/** Why a command is not read. Thrown while its syntax is walked, and turned into an answer by `read-script.ts`. */
export class SyntaxRefusal extends Error {
  override readonly name = 'SyntaxRefusal';
  /** Where it begins, in UTF-16 units from 0. */
  readonly position: number;

  /** @param problem a clause that says what is wrong and what to write instead */
  constructor(problem: string, { pos }: { readonly pos: number }) {
    super(problem);
    this.position = pos;
  }
}
