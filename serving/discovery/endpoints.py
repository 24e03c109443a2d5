"""The API, an endpoint a line."""

from serving.discovery import (
    boards,
    events,
    find,
    health,
    item,
    look,
    parse,
    recommendations,
    related,
    review_types,
    reviews,
    scenes,
    search,
    search_types,
    session,
    types,
    user,
)
from serving.discovery.endpoint import Endpoint

__all__ = ["ENDPOINTS"]

ITEM = "/v1/items/{item_id}"
REVIEW = "/v1/reviews/{review_id}"
BOARD = "/v1/users/{user_id}/boards/{board}"

ENDPOINTS = (
    Endpoint("GET", "/v1/items", item.page, "read", {200: types.ItemPage}, query=types.ItemsQuery, filtered=True),
    Endpoint(
        "GET", f"{ITEM}/picture", item.picture, "read", {200: None, 304: None}, query=types.PictureQuery, finds=True
    ),
    Endpoint("GET", f"{ITEM}/related", related.related, "read", {200: types.Related}, types.RelatedQuery, finds=True),
    Endpoint("GET", f"{ITEM}/scenes", scenes.scenes, "read", {200: types.Scenes}, types.ScenesQuery, finds=True),
    Endpoint("GET", ITEM, item.read, "read", {200: types.Item}, finds=True),
    Endpoint(
        "PUT",
        ITEM,
        item.put,
        "write",
        {200: types.Item, 201: types.Item, 202: review_types.Held},
        body=types.ItemFields,
        takes_picture=True,
        needs_picture=True,
    ),
    Endpoint(
        "PATCH",
        ITEM,
        item.patch,
        "write",
        {200: types.Item, 202: review_types.Held},
        body=types.ItemChanges,
        finds=True,
    ),
    Endpoint("DELETE", ITEM, item.delete, "write", {204: None}, finds=True),
    Endpoint(
        "POST",
        "/v1/search",
        search.search,
        "read",
        {200: search_types.SearchResults},
        query=search_types.SearchQuery,
        body=search_types.SearchRequest,
        takes_picture=True,
        finds=True,
    ),
    Endpoint(
        "GET",
        "/v1/suggest",
        find.suggest,
        "read",
        {200: search_types.Suggestions},
        search_types.SuggestQuery,
        finds=True,
    ),
    Endpoint(
        "POST",
        "/v1/parse",
        parse.parse,
        "read",
        {200: types.Parsed},
        body=types.ParseRequest,
        takes_picture=True,
        finds=True,
    ),
    Endpoint(
        "POST",
        "/v1/shop-the-look",
        look.look,
        "read",
        {200: types.Look},
        body=types.LookRequest,
        takes_picture=True,
        finds=True,
    ),
    Endpoint("GET", "/v1/filters", item.filters, "read", {200: types.KnownFilters}, filtered=True),
    Endpoint(
        "POST",
        "/v1/recommendations",
        recommendations.recommendations,
        "read",
        {200: types.Recommendations},
        body=types.RecommendationsRequest,
    ),
    Endpoint(
        "POST", "/v1/events", events.post, "write", {202: types.EventsAccepted}, body=types.EventsRequest, finds=True
    ),
    Endpoint("GET", "/v1/users/{user_id}/boards", boards.listed, "read", {200: types.Boards}),
    Endpoint("GET", BOARD, boards.read, "read", {200: types.Board}, finds=True),
    Endpoint("DELETE", BOARD, boards.drop, "write", {204: None}, finds=True),
    Endpoint("PUT", f"{BOARD}/items/{{item_id}}", boards.add, "write", {204: None}, finds=True),
    Endpoint("DELETE", f"{BOARD}/items/{{item_id}}", boards.remove, "write", {204: None}, finds=True),
    Endpoint("DELETE", "/v1/users/{user_id}", user.forget, "write", {204: None}),
    Endpoint(
        "GET", "/v1/reviews", reviews.listed, "review", {200: review_types.Reviews}, query=review_types.ReviewsQuery
    ),
    Endpoint("GET", f"{REVIEW}/picture", reviews.picture, "review", {200: None}, finds=True),
    Endpoint(
        "POST",
        REVIEW,
        reviews.decide,
        "review",
        {200: review_types.Review},
        body=review_types.Decision,
        finds=True,
        once=True,
    ),
    Endpoint("POST", "/v1/session", session.start, None, {204: None}, body=types.SessionRequest),
    Endpoint("GET", "/v1/health", health.health, "read", {200: types.WholeHealth}),
)
