FROM node:24-slim AS build
WORKDIR /build
COPY . .
RUN npm ci && npm pack

FROM node:24-slim
COPY --from=build /build/dateline-atlas-*.tgz /tmp/
# Node is there: the copies of it that the package names as optional are not wanted.
RUN npm install --global --omit=optional /tmp/dateline-atlas-*.tgz && rm -r /tmp/*.tgz /root/.npm \
  && mkdir /data && chown node:node /data
USER node
WORKDIR /data
VOLUME /data
ENV HOST=0.0.0.0
EXPOSE 4000
HEALTHCHECK --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:4000/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["dateline"]
