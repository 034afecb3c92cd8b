const refuse = (path: string, what: string): never => {
  throw new TypeError(`${path} ${what}: a document is plain JSON`);
};

const checkObject = (value: object, path: string): void => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuse(path, 'is not a plain object');
  for (const [name, part] of Object.entries(value)) {
    if (name === '' || name.startsWith('$') || name.includes('.') || name.includes('\0'))
      refuse(`${path}.${name}`, 'is no name of a field');
    check(part, `${path}.${name}`);
  }
};

const check = (value: unknown, path: string): void => {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      if (!Number.isFinite(value)) refuse(path, `is ${value}`);
      return;
    case 'object':
      if (value === null) return;
      if (Array.isArray(value)) value.forEach((part, index) => check(part, `${path}[${index}]`));
      else checkObject(value, path);
      return;
    case 'undefined':
    case 'bigint':
    case 'function':
    case 'symbol':
      refuse(path, `is ${typeof value}`);
  }
};

/**
 * MongoDB would store `undefined` as null, NaN as itself, and take a name with `$` or a dot for something else; then what is read is not
 * what was written. @throws TypeError for anything but plain JSON
 */
export const checkedDocument = <Document extends object>(id: string, document: Document): Document => {
  check(document, id);
  return document;
};
