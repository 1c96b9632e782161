/**
 * A value that must not be printed. Every ordinary way of turning it into text (template literals,
 * JSON, console, the logger) shows `<secret>`; `reveal()` is the one way out and is greppable.
 */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return '<secret>';
  }

  toJSON(): string {
    return '<secret>';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '<secret>';
  }
}
