const mask = '[redacted]';
const secretName = /PASSWORD|SECRET|TOKEN/i;
/** Up to the last `@`, as what nobody encoded may hold one itself. */
const userInfo = /(\/\/).*@/s;
const secretParameter = /([?&,;=][^=:&,;]*(?:password|secret|token)[^=:&,;]*[=:])[^&,;]*/gi;

/** A setting as it may be shown: no secret, and no credentials in a URL. */
export const masked = (name: string, value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  return secretName.test(name) ? mask : value.replace(userInfo, `$1${mask}@`).replace(secretParameter, `$1${mask}`);
};
