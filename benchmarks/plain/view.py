"""The view and its address. It asks with the question alone: no article, no limits, no way back to a lost answer."""

import json
from collections.abc import AsyncIterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.http import require_POST
from openai import AsyncOpenAI

from chat.models import Conversation, Message, Role, Status

client = AsyncOpenAI(api_key="none", base_url=settings.OPENAI_BASE_URL)


@require_POST
async def chat(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    user = await request.auser()
    if not user.is_authenticated:
        return HttpResponse(status=401)
    text = json.loads(request.body)["message"]
    conversation = await Conversation.objects.acreate(owner=user)
    question = await Message.objects.acreate(conversation=conversation, role=Role.USER, text=text)
    return StreamingHttpResponse(answer(question), content_type="text/event-stream")


async def answer(question: Message) -> AsyncIterator[str]:
    text = ""
    messages = [{"role": "user", "content": question.text}]
    stream = await client.chat.completions.create(model=settings.OPENAI_MODEL, messages=messages, stream=True)
    async for chunk in stream:
        if chunk.choices and (piece := chunk.choices[0].delta.content):
            text += piece
            yield f"data: {json.dumps({'text': piece})}\n\n"
    await Message.objects.acreate(
        conversation_id=question.conversation_id,
        parent=question,
        role=Role.ASSISTANT,
        text=text,
        status=Status.COMPLETE,
    )
    yield "data: [DONE]\n\n"


urlpatterns = [path("chat", chat)]
