# The demo as a separate application: limelight is installed, and enabled with --require.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
COPY tools tools
RUN npm ci --workspaces=false --no-fund --no-audit
COPY src src
# The client of NATS is an optional peer, which users of clusters install. Here it is a package for development, too, and
# would go with those.
RUN npm run build \
  && npm pkg set "dependencies.@nats-io/transport-node=3.4.0" && npm pkg delete "devDependencies.@nats-io/transport-node" \
  && npm prune --omit=dev --workspaces=false --no-fund --no-audit

FROM node:24.21.0-bookworm-slim
# The mount points belong to the user that writes to them.
RUN mkdir -p /var/log/limelight /var/lib/limelight && chown node:node /var/log/limelight /var/lib/limelight
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
ENV NODE_ENV=production
USER node
EXPOSE 8080
ENTRYPOINT ["node", "--enable-source-maps", "--require", "limelight/preload", "dist/cli/main.js"]
CMD ["demo", "--host", "0.0.0.0", "--json", "--no-load"]
