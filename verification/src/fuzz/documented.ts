import { allRoutes, type Route } from '@shop/http';
import { z } from 'zod';

const schema = z.custom<z.core.JSONSchema.JSONSchema>((value) => typeof value === 'object' && value !== null);
const response = z.object({ content: z.record(z.string(), z.object({ schema })).optional() });
const operation = z.object({ responses: z.record(z.string(), response) });
const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), schema) }),
});

export type Answer = { readonly status: number; readonly contentType: string; readonly text: string };
/** What an answer has that the document does not know; undefined where it is as documented. */
export type Undocumented = (route: Route | undefined, answer: Answer) => string | undefined;

const documentPath = (path: string): string => path.replace(/:(\w+)/g, '{$1}');
const mediaTypeOf = (contentType: string): string => contentType.split(';', 1)[0]?.trim() ?? '';

const wrongWith = (shape: z.ZodType, text: string): string | undefined => {
  try {
    const parsed = shape.safeParse(JSON.parse(text));
    return parsed.success ? undefined : z.prettifyError(parsed.error);
  } catch {
    return 'no JSON';
  }
};

/**
 * Reads `/openapi.json` of a shop.
 * @throws Error where its routes are not those of the contract
 */
export const readDocumentation = (openApi: unknown): Undocumented => {
  // Where zod looks for what others refer to.
  const { paths, components } = document.parse(JSON.parse(JSON.stringify(openApi).replaceAll('#/components/schemas/', '#/$defs/')));
  const shapeOf = (of: z.core.JSONSchema.JSONSchema): z.ZodType => z.fromJSONSchema({ $defs: components.schemas, allOf: [of] });
  const problem = shapeOf({ $ref: '#/$defs/Problem' });
  const shapes = new Map<string, z.ZodType>();
  const remembered = (name: string, of: z.core.JSONSchema.JSONSchema): z.ZodType => {
    const shape = shapes.get(name) ?? shapeOf(of);
    shapes.set(name, shape);
    return shape;
  };
  for (const { method, path } of allRoutes)
    if (!paths[documentPath(path)]?.[method]) throw new Error(`/openapi.json lacks ${method} ${path}`);

  const outsideOf = ({ status, contentType, text }: Answer): string | undefined => {
    if (status === 431 || status === 408) return text === '' ? undefined : 'more than a bare status';
    if (mediaTypeOf(contentType) !== 'application/problem+json') return `${contentType} instead of a problem`;
    return wrongWith(problem, text);
  };
  return (route, answer) => {
    const { status, contentType, text } = answer;
    if (!route) return status < 400 ? undefined : outsideOf(answer);
    const documented = paths[documentPath(route.path)]?.[route.method]?.responses[String(status)];
    if (!documented) return `status ${status} is not documented`;
    if (!documented.content) return text === '' ? undefined : 'a body where none is documented';
    const mediaType = mediaTypeOf(contentType);
    const content = documented.content[mediaType];
    if (!content) return `${contentType} is not documented for ${status}`;
    const wrong = wrongWith(remembered(`${route.method} ${route.path} ${status} ${mediaType}`, content.schema), text);
    return wrong === undefined ? undefined : `the body is not as documented: ${wrong}`;
  };
};
