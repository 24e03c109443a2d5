"""Settings under which scene parsing learns a small data set in seconds."""

SETTINGS = {
    "network": {"name": "test_resnet", "weights": "scratch", "dim": 16},
    "pictures": {"side_px": 64, "serve_px": 64, "crop_px": [64, 64], "scales": [0.8, 1.25], "strength": 0.2},
    "regions": {"attributes": ["colour"]},
    "training": {
        "epochs": 16,
        "batch_size": 8,
        "learning_rate": 0.01,
        "weight_decay": 0.01,
        "ema_decay": 0.8,
        "patience": 16,
        "validate_every": 4,
    },
}
