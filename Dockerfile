# The images of Voxpress: ENGINE=cpu (espeak and Piper on processors: what one host needs), ENGINE=piper (Piper on a GPU).
# EXTRA=xtts, kokoro or chatterbox adds the libraries of that engine, which bring what they need of CUDA along.
#
#   docker build -t voxpress:cpu .
#   docker build -t voxpress:piper --build-arg ENGINE=piper .
#   docker build -t voxpress:asr --build-arg ENGINE=asr .      (speech recognition; ASR_GPU=1: with CUDA's libraries)
#   docker build -t voxpress:xtts --build-arg EXTRA=xtts .
#
# 'make pin' writes the digests anew. A registry that holds other builds of these releases: say which with
# --build-arg PYTHON_IMAGE=... (CUDA_IMAGE=...).
ARG PYTHON_IMAGE=docker.io/library/python:3.12-slim-bookworm@sha256:782412e85d0f0984994c290652577d4018aff08145c85b262bb63dc0c7522254
ARG CUDA_IMAGE=docker.io/nvidia/cuda:13.0.2-cudnn-runtime-ubuntu24.04@sha256:14d94b039cb94bbd5da559f303b46bc4b0d5d6c24ab1a9d7b186e566ed3400dc
ARG ENGINE=cpu
ARG EXTRA=

# -- what each engine stands on: a Python, and what of the GPU's libraries no wheel brings ---------------------

FROM ${PYTHON_IMAGE} AS base-cpu
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/*

FROM ${PYTHON_IMAGE} AS base-asr
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/*

FROM ${CUDA_IMAGE} AS base-piper
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

# -- our wheel, and everything it needs, in one folder ---------------------------------------------------------

FROM base-${ENGINE} AS built
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# pip stays behind in /opt/build: what runs later installs nothing.
RUN python3 -m venv /opt/build && python3 -m venv --without-pip /opt/voxpress
WORKDIR /src
COPY deploy/requirements.lock deploy/
RUN /opt/build/bin/pip --python /opt/voxpress/bin/python install --requirement deploy/requirements.lock
ARG ENGINE
# ONNX Runtime for GPUs is another package with the same modules: it takes the place of the one for processors.
RUN if [ "$ENGINE" = piper ]; then \
      release=$(sed -n 's/^onnxruntime==\([0-9.]*\).*/\1/p' deploy/requirements.lock) \
      && /opt/build/bin/pip --python /opt/voxpress/bin/python uninstall --yes onnxruntime \
      && /opt/build/bin/pip --python /opt/voxpress/bin/python install --no-deps "onnxruntime-gpu==$release"; \
    fi
COPY . .
# The releases that the tests run with. CTranslate2 looks for cuBLAS 12 and cuDNN 9 where LD_LIBRARY_PATH says.
ARG ASR_GPU=
RUN if [ "$ENGINE" = asr ]; then \
      /opt/build/bin/pip --python /opt/voxpress/bin/python install --constraint requirements-dev.lock \
        "/src[whisper]" ${ASR_GPU:+nvidia-cublas-cu12 "nvidia-cudnn-cu12==9.*"}; \
    fi
ARG EXTRA
RUN if [ -f "deploy/engines/$EXTRA.lock" ]; then \
      /opt/build/bin/pip --python /opt/voxpress/bin/python install --requirement "deploy/engines/$EXTRA.lock"; \
    elif [ -n "$EXTRA" ]; then \
      /opt/build/bin/pip --python /opt/voxpress/bin/python install "/src[$EXTRA]"; \
    fi
RUN /opt/build/bin/pip --python /opt/voxpress/bin/python install --no-deps . \
    # Packages bring their own tests along, and keys to test with.
    && find /opt/voxpress/lib -type d \( -name tests -o -name test \) -prune -exec rm -rf {} +

# -- what runs: no compiler, no pip of ours, no source tree, nobody's root -------------------------------------

FROM base-${ENGINE} AS runtime
COPY --from=built /opt/voxpress /opt/voxpress
# Any user may write here, in a folder of its own: compose says which number runs (PUID), and a volume that is
# mounted here for the first time takes over this mode.
RUN install -d -m 1777 /state
ENV PATH=/opt/voxpress/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp VOXPRESS_HOME=/state/home
USER 1000:1000
WORKDIR /tmp
ENTRYPOINT ["tini", "--"]
CMD ["voxpress", "--help"]
