/** %variables of Dovecot's templates. */
export function expandPercent(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(
    /%(-?\d*)(?:\.(-?\d+))?([LUTRM]*)(?:\{([^{}]*)\}|([^{]))/g,
    (
      whole,
      first: string,
      second: string | undefined,
      modifiers: string,
      long: string | undefined,
      short: string | undefined,
    ) => {
      if (short === '%') return '%';
      const [name = '', ...rest] = (long ?? short ?? '').split(':');
      let value = values.get(long === undefined ? name : values.has(long) ? long : name);
      if (value === undefined) return long === undefined ? '' : `UNSUPPORTED_VARIABLE_${long}`;
      if (value === '' && rest.length > 0) value = rest.join(':');
      for (const modifier of modifiers) value = modify(value, modifier);
      if (second !== undefined) return value.slice(Number(first)).slice(0, Number(second));
      return first === '' ? value : value.slice(0, Number(first));
    },
  );
}

function modify(value: string, modifier: string): string {
  if (modifier === 'L') return value.toLowerCase();
  if (modifier === 'U') return value.toUpperCase();
  if (modifier === 'R') return Array.from(value).reverse().join('');
  if (modifier === 'T') return value.trim();
  return value;
}
