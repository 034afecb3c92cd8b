# Every service of the shop in one image; which one runs is its argument:
#   docker build --tag shop .
#   docker run --rm shop services/query-api/dist/main.js --help
ARG BASE=node:20.20.2-bookworm-slim
# `sources`: built from what stands here. `ready`: the folder already is what scripts/production-tree.mjs makes, for builds without a network.
ARG APP=sources

FROM $BASE AS sources
WORKDIR /sources
COPY . .
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund && npm run build && \
    node scripts/production-tree.mjs /app services/command-api services/projector services/query-api services/all-in-one

FROM $BASE AS ready
COPY . /app

FROM $APP AS app

FROM $BASE
ENV NODE_ENV=production DATA_DIR=/data
WORKDIR /app
COPY --from=app /app ./
# A new volume takes over whose the folder is.
COPY --from=app --chown=node:node /app/data /data
USER node
ENTRYPOINT ["node", "--min-semi-space-size=32", "--max-semi-space-size=32", "--initial-old-space-size=128"]
CMD ["services/all-in-one/dist/bundle/main.js"]
