# krmfn as a function image: no network, a read-only root and any user will do.
#   docker build -t krmfn .        make image
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
# Unset, these change nothing. A site with its own package index passes its address and CA with --build-arg; the
# final stage has neither.
ARG PIP_INDEX_URL
ARG PIP_CERT
# One date for every file and one hash seed for every constant set: the same sources give the same layer.
ARG SOURCE_DATE_EPOCH=0
ENV PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# Two environments, so that pip builds the one that ships without being in it.
RUN python3 -m venv /opt/pip && python3 -m venv --without-pip /opt/krmfn
WORKDIR /src
COPY requirements.lock ./
RUN /opt/pip/bin/pip --python /opt/krmfn/bin/python3 install --no-compile --require-hashes -r requirements.lock
# What builds, among it the build backend: the releases with which `make wheel` builds. It stays in this stage.
COPY requirements-supply.lock ./
RUN /opt/pip/bin/pip install --require-hashes -r requirements-supply.lock
COPY pyproject.toml README.md LICENSE ./
COPY krmfn krmfn
RUN /opt/pip/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /opt/pip/bin/pip --python /opt/krmfn/bin/python3 install --no-compile --no-deps --no-index --find-links /wheel krmfn
# Dependencies ship their tests, and activation scripts are for shells. Compiled files carry a hash that nothing checks
# at start: the root is read-only, so no source can be newer than its compiled file.
RUN cd /opt/krmfn \
 && find . -depth -type d \( -name test -o -name tests -o -name __pycache__ \) -exec rm -rf {} + \
 && rm -f bin/activate* bin/Activate* \
 && ./bin/python3 -m compileall -q --invalidation-mode unchecked-hash lib \
 && find . -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH}" {} +

FROM ${BASE}
LABEL org.opencontainers.image.title="krmfn" \
      org.opencontainers.image.description="A KRM function that expands tenant clusters and app placements into Flux HelmReleases." \
      org.opencontainers.image.url="https://github.com/krmfn/krmfn" \
      org.opencontainers.image.source="https://github.com/krmfn/krmfn" \
      org.opencontainers.image.documentation="https://github.com/krmfn/krmfn/blob/v0.2.0/docs/hosts.md" \
      org.opencontainers.image.licenses="Apache-2.0" \
      io.artifacthub.package.license="Apache-2.0" \
      io.artifacthub.package.category="integration-delivery" \
      io.artifacthub.package.keywords="kubernetes,krm,kustomize,kpt,flux,gitops,cozystack"
COPY --from=build /opt/krmfn /opt/krmfn
USER nobody
ENTRYPOINT ["/opt/krmfn/bin/krmfn"]
